/** One analysed recording: its answers, tracks and exports. */

import type { Segment, Timeline } from "../contract.ts";
import { toSrt } from "../exports/captions.ts";
import { toCsv } from "../exports/csv.ts";
import { toJson } from "../exports/json.ts";
import { toPng } from "../exports/picture.ts";
import { exportName, save } from "../exports/save.ts";
import { type Entry, secondsOf } from "../history.ts";
import { baseName, facts, NOT_FEELING, segmentTold } from "../words.ts";
import { answerCard } from "./answer.ts";
import { h } from "./dom.ts";
import { Player } from "./player.ts";
import { segmentTable } from "./segments.ts";
import { legend, Tracks } from "./tracks.ts";

export interface ResultsHandlers {
  /** Ask for the answer on the whole of a recording that was too long for it at first. */
  overall(entry: Entry): void;
  failed(error: unknown): void;
}

/** How a file's name ends, what its button says, and the file. */
type Export = [string, string, () => Blob | Promise<Blob>];

/** The recording that is shown, in an element that it fills and empties. */
export class Results {
  private shown: { entry: Entry; warned: HTMLElement; overall: HTMLElement } | null = null;
  private player: Player | null = null;
  private tracks: Tracks | null = null;

  constructor(
    private readonly place: HTMLElement,
    private readonly handlers: ResultsHandlers,
  ) {}

  show(entry: Entry): void {
    this.clear();
    const { timeline } = entry;
    const waveform = h("div", { id: "waveform" });
    const note = h(
      "p",
      { id: "cannot-play", class: "note", hidden: true },
      "This browser cannot play this format, which changes no answer.",
    );
    const spectrogram = this.spectrogram();
    const channels = timeline?.channels.length ?? entry.predictions.length;
    const player = new Player(entry.sound, secondsOf(entry), channels, waveform, {
      time: (seconds) => this.tracks?.at(seconds),
      drawn: () => (spectrogram.hidden = false),
      silent: () => {
        note.hidden = false;
        player.audio.hidden = waveform.hidden = true;
      },
    });
    this.player = player;
    const warned = h("div", {}, ...warnings(entry));
    const overall = this.overall(entry);
    this.shown = { entry, warned, overall };
    this.place.append(
      h("h2", { id: "results-title", tabindex: -1 }, baseName(entry.name)),
      ...(timeline ? [factsLine(timeline)] : []),
      h("p", { class: "facts" }, NOT_FEELING),
      warned,
      overall,
      h("h3", {}, timeline ? "Over time" : "The recording"),
      player.audio,
      note,
      waveform,
      spectrogram,
      ...(timeline ? this.overTime(timeline, player) : this.asAWhole(entry)),
    );
    this.place.hidden = false;
    this.tracks?.begin();
  }

  private overTime(timeline: Timeline, player: Player): HTMLElement[] {
    const spoken = h("p", { id: "segment-told", class: "facts", "aria-live": "polite" });
    const click = (segment: Segment): void => {
      spoken.textContent = segmentTold(segment);
      player.play(segment.start, segment.end);
    };
    this.tracks = new Tracks(timeline, click, (time) => player.seek(time));
    return [
      legend(timeline),
      this.tracks.element,
      spoken,
      h(
        "details",
        { id: "segments" },
        h("summary", {}, `All segments as a table (${timeline.segments.length})`),
        segmentTable(timeline, click),
      ),
      this.exports("timeline", timeline.file, [
        ["csv", "CSV", () => new Blob([toCsv(timeline)], { type: "text/csv" })],
        ["json", "JSON", () => new Blob([toJson(timeline)], { type: "application/json" })],
        ["srt", "SRT captions", () => new Blob([toSrt(timeline)], { type: "application/x-subrip" })],
        ["png", "PNG picture", () => toPng(timeline, player.peaks())],
      ]),
    ];
  }

  /** Return what stands in place of a timeline where the recording stayed in this browser. */
  private asAWhole(entry: Entry): HTMLElement[] {
    const { predictions, name } = entry;
    return [
      h(
        "p",
        { id: "stayed", class: "facts" },
        "This recording stayed in this browser, which tells what it sounds like as a whole. When it sounds like what is told by the server alone.",
      ),
      this.exports("answers", name, [
        ["json", "JSON", () => new Blob([toJson(predictions)], { type: "application/json" })],
      ]),
    ];
  }

  clear(): void {
    this.player?.destroy();
    this.tracks?.destroy();
    this.player = this.tracks = this.shown = null;
    this.place.replaceChildren();
  }

  private overall(entry: Entry): HTMLElement {
    const section = h("section", { id: "overall", tabindex: -1, "aria-label": "answer for the whole recording" });
    if (entry.predictions.length) {
      section.append(h("h3", {}, "As a whole"), cards(entry));
      return section;
    }
    section.append(
      h(
        "button",
        {
          type: "button",
          id: "ask-overall",
          disabled: Boolean(entry.asking),
          onclick: () => this.handlers.overall(entry),
        },
        entry.asking ? "Asking what it sounds like as a whole" : "Ask what it sounds like as a whole",
      ),
    );
    return section;
  }

  /** Show how far the question about the whole of a recording is, where this one is shown. */
  overallChanged(entry: Entry): void {
    if (this.shown?.entry !== entry) return;
    const { warned, overall } = this.shown;
    const focused = overall.contains(document.activeElement);
    const now = this.overall(entry);
    overall.replaceWith(now);
    warned.replaceChildren(...warnings(entry));
    this.shown.overall = now;
    // What had the focus is gone; without one, a screen reader would begin anew.
    if (focused) now.focus();
  }

  private spectrogram(): HTMLDetailsElement {
    const place = h("div", { id: "spectrogram", role: "img", "aria-label": "mel spectrogram" });
    const details = h(
      "details",
      { id: "spectrogram-details", hidden: true },
      h("summary", {}, "Mel spectrogram"),
      place,
    );
    // Made when it is opened: for a long recording it is seconds of work.
    details.addEventListener("toggle", () => {
      if (details.open && !place.hasChildNodes())
        this.player?.showSpectrogram(place).catch(this.handlers.failed);
    });
    return details;
  }

  private exports(what: string, file: string, made: Export[]): HTMLElement {
    const buttons = made.map(([suffix, words, make]) =>
      h("button", { type: "button", id: `export-${suffix}`, onclick: () => void saved(suffix, make) }, words),
    );
    const saved = async (suffix: string, make: () => Blob | Promise<Blob>): Promise<void> => {
      try {
        save(await make(), exportName(file, suffix));
      } catch (error) {
        this.handlers.failed(error);
      }
    };
    return h(
      "div",
      { id: "exports", role: "group", "aria-label": `save the ${what}` },
      h("span", {}, "Save as"),
      ...buttons,
    );
  }
}

function factsLine(timeline: Timeline): HTMLElement {
  const told = facts(timeline).map(([word, value]) => h("span", {}, `${word}: ${value}`));
  return h("p", { class: "facts" }, ...told);
}

function cards(entry: Entry): HTMLElement {
  const made = entry.predictions.map((one, number) => answerCard(one, speakerOf(entry, one.channel), number));
  return h("div", { class: "cards", id: "answers" }, ...made);
}

function speakerOf({ timeline, choice }: Entry, channel: number | null): string | null {
  if (timeline) return timeline.speakers[timeline.channels.indexOf(channel)] ?? null;
  return channel === null ? null : (choice.names[channel] ?? null);
}

function warnings(entry: Entry): HTMLElement[] {
  const over = entry.timeline?.warnings ?? [];
  const all = new Set([...over, ...entry.predictions.flatMap((one) => one.warnings)]);
  if (!all.size) return [];
  const lines = [...all].map((words) => h("li", {}, words));
  return [
    h(
      "div",
      { class: "warn", id: "warnings", role: "note", "aria-label": "warnings" },
      h("ul", {}, ...lines),
    ),
  ];
}
