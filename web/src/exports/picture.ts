/** A timeline as a picture: tracks with title, legend and axis of time. Always dark on white, as in print. */

import type { Segment, Timeline, WindowScores } from "../contract.ts";
import { edges, runsOf } from "../runs.ts";
import { colourOf, GRID, INK, inkOn, ordered, PAPER, tint, UNKNOWN } from "../theme.ts";
import { ticks } from "../ticks.ts";
import { baseName, channelName, facts, NOT_FEELING, told } from "../words.ts";

/** Lowest and highest sample of equal parts of the recording, one after the other. */
export type Peaks = ArrayLike<number>;

const WIDTH = 1200;
const LEFT = 24;
const INNER = WIDTH - 2 * LEFT;
const FONT = 'Verdana, "DejaVu Sans", sans-serif';
const HEAD = 78;
const NAME = 26;
const SOUND = 64;
const STRIP = 30;
const SCORES = 56;
const AXIS = 24;
const GAP = 14;
const KEY_ROW = 24;
const KEY_CELL = 136;
const FOOT = 30;

export interface Panel {
  channel: number | null;
  name: string;
  top: number;
  /** Null where no waveform is known. */
  sound: number | null;
  strip: number;
  scores: number;
  axis: number;
}

export interface Layout {
  width: number;
  height: number;
  panels: Panel[];
  key: number;
  labels: string[];
}

/** Return where all parts of the picture stand, in its own units. */
export function layout(timeline: Timeline, withSound: boolean): Layout {
  let top = HEAD;
  const panels = timeline.channels.map((channel, index) => {
    const sound = withSound ? top + NAME : null;
    const strip = top + NAME + (withSound ? SOUND : 0);
    const scores = strip + STRIP + 2;
    const axis = scores + SCORES;
    const panel = {
      channel,
      name: channelName(channel, timeline.speakers[index]),
      top,
      sound,
      strip,
      scores,
      axis,
    };
    top = axis + AXIS + GAP;
    return panel;
  });
  const labels = ordered(timeline.windows.flatMap((one) => one.labels));
  const rows = Math.ceil((labels.length + 1) / Math.floor(INNER / KEY_CELL));
  return { width: WIDTH, height: top + rows * KEY_ROW + FOOT, panels, key: top, labels };
}

/** Return the picture as PNG, with two dots for each unit. */
export async function toPng(timeline: Timeline, peaks: readonly Peaks[]): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const place = layout(timeline, peaks.length > 0);
  const scale = place.height > 8000 ? 1 : 2;
  canvas.width = place.width * scale;
  canvas.height = place.height * scale;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser cannot draw a picture");
  pen.scale(scale, scale);
  draw(pen, timeline, place, peaks);
  const data = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!data) throw new Error("the picture is too large for this browser");
  return data;
}

export function draw(
  pen: CanvasRenderingContext2D,
  timeline: Timeline,
  place: Layout,
  peaks: readonly Peaks[],
): void {
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, place.width, place.height);
  write(pen, `Timeline of ${baseName(timeline.file)}`, LEFT, 34, { size: 20, bold: true });
  write(
    pen,
    facts(timeline)
      .map(([word, value]) => `${word}: ${value}`)
      .join("    "),
    LEFT,
    58,
    { size: 13 },
  );
  place.panels.forEach((panel, index) => {
    write(pen, panel.name, LEFT, panel.top + 18, { size: 14, bold: true });
    if (panel.sound !== null) drawSound(pen, peaks[index] ?? peaks[0] ?? [], panel.sound);
    const windows = timeline.windows[index];
    if (windows) drawScores(pen, windows, timeline, panel.scores);
    for (const segment of timeline.segments) {
      if (segment.channel === panel.channel)
        drawSegment(pen, segment, timeline.duration_seconds, panel.strip);
    }
    drawAxis(pen, timeline.duration_seconds, panel);
  });
  drawKey(pen, place);
  write(pen, NOT_FEELING, LEFT, place.height - 12, { size: 12 });
}

interface Look {
  size: number;
  bold?: boolean;
  colour?: string;
}

function write(pen: CanvasRenderingContext2D, words: string, left: number, base: number, look: Look): void {
  pen.fillStyle = look.colour ?? INK;
  pen.font = `${look.bold ? "bold " : ""}${look.size}px ${FONT}`;
  pen.fillText(words, left, base, WIDTH - LEFT - left);
}

function drawSound(pen: CanvasRenderingContext2D, peaks: Peaks, top: number): void {
  const loudest = Math.max(1e-6, ...Array.from(peaks, Math.abs));
  const middle = top + SOUND / 2;
  pen.fillStyle = UNKNOWN;
  for (let at = 0; at < peaks.length; at++) {
    const height = Math.max(1, (Math.abs(peaks[at]!) / loudest) * (SOUND - 4));
    pen.fillRect(
      LEFT + (at / peaks.length) * INNER,
      middle - height / 2,
      Math.max(1, INNER / peaks.length),
      height,
    );
  }
}

function drawScores(
  pen: CanvasRenderingContext2D,
  windows: WindowScores,
  timeline: Timeline,
  top: number,
): void {
  for (const run of runsOf(windows, timeline)) {
    const rows = run.scores.map(edges);
    windows.labels.forEach((label, index) => {
      pen.fillStyle = colourOf(label);
      pen.beginPath();
      run.times.forEach((time, at) => {
        pen.lineTo(across(time, timeline.duration_seconds), top + (1 - (rows[at]?.[index] ?? 0)) * SCORES);
      });
      pen.lineTo(across(run.times.at(-1) ?? 0, timeline.duration_seconds), top + SCORES);
      pen.lineTo(across(run.times[0] ?? 0, timeline.duration_seconds), top + SCORES);
      pen.fill();
    });
  }
}

function drawSegment(pen: CanvasRenderingContext2D, segment: Segment, duration: number, top: number): void {
  const left = across(segment.start, duration);
  const width = Math.max(1, across(segment.end, duration) - left);
  const colour = segment.label === null ? PAPER : colourOf(segment.label);
  const shade = segment.unsure && segment.label !== null ? tint(colour) : colour;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, STRIP);
  pen.clip();
  pen.fillStyle = shade;
  pen.fillRect(left, top, width, STRIP);
  if (segment.label === null || segment.unsure) hatch(pen, left, top, width, STRIP);
  const words = segment.label ?? told(segment);
  pen.font = `13px ${FONT}`;
  if (pen.measureText(words).width < width - 8)
    write(pen, words, left + 4, top + 20, { size: 13, colour: inkOn(shade) });
  pen.restore();
  pen.strokeStyle = INK;
  pen.lineWidth = 0.5;
  pen.strokeRect(left, top, width, STRIP);
}

function hatch(
  pen: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  pen.strokeStyle = INK;
  pen.lineWidth = 0.6;
  pen.beginPath();
  for (let at = left - height; at < left + width; at += 7) {
    pen.moveTo(at, top + height);
    pen.lineTo(at + height, top);
  }
  pen.stroke();
}

function drawAxis(pen: CanvasRenderingContext2D, duration: number, panel: Panel): void {
  pen.strokeStyle = GRID;
  pen.lineWidth = 1;
  pen.strokeRect(LEFT, panel.strip, INNER, STRIP);
  for (const tick of ticks(0, duration, 12)) {
    const left = across(tick.at, duration);
    pen.beginPath();
    pen.moveTo(left, panel.axis);
    pen.lineTo(left, panel.axis + 16);
    pen.stroke();
    // The last one has no room where the recording ends with it.
    if (left < WIDTH - LEFT - 30) write(pen, tick.words, left + 4, panel.axis + 15, { size: 12 });
  }
}

function drawKey(pen: CanvasRenderingContext2D, place: Layout): void {
  const columns = Math.floor(INNER / KEY_CELL);
  [...place.labels, null].forEach((label, index) => {
    const left = LEFT + (index % columns) * KEY_CELL;
    const top = place.key + Math.floor(index / columns) * KEY_ROW;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, 16, 16);
    pen.clip();
    pen.fillStyle = label === null ? tint(UNKNOWN) : colourOf(label);
    pen.fillRect(left, top, 16, 16);
    if (label === null) hatch(pen, left, top, 16, 16);
    pen.restore();
    pen.strokeStyle = INK;
    pen.lineWidth = 0.5;
    pen.strokeRect(left, top, 16, 16);
    write(pen, label ?? "pale: unsure", left + 22, top + 13, { size: 13 });
  });
}

function across(time: number, duration: number): number {
  return LEFT + (time / duration) * INNER;
}
