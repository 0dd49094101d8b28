/** One analysed recording: its answers, tracks and exports. */

import type { Prediction, Segment, Timeline } from "../contract.ts";
import { toSrt } from "../exports/captions.ts";
import { toCsv } from "../exports/csv.ts";
import { toJson } from "../exports/json.ts";
import { toPng } from "../exports/picture.ts";
import { exportName, save } from "../exports/save.ts";
import type { Entry } from "../history.ts";
import { baseName, facts, NOT_FEELING, segmentTold } from "../words.ts";
import { answerCard } from "./answer.ts";
import { h } from "./dom.ts";
import { Player } from "./player.ts";
import { segmentTable } from "./segments.ts";
import { legend, Tracks } from "./tracks.ts";

export interface ResultsHandlers {
  /** Ask for the answer on the whole of a recording that was too long for it at first. */
  overall(entry: Entry): Promise<Prediction[]>;
  failed(error: unknown): void;
}

/** The recording that is shown, in an element that it fills and empties. */
export class Results {
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
    const spoken = h("p", { id: "segment-told", class: "facts", "aria-live": "polite" });
    const note = h(
      "p",
      { id: "cannot-play", class: "note", hidden: true },
      "This browser cannot play this format; the answers are those of the server.",
    );
    const spectrogram = this.spectrogram();
    const player = new Player(entry.sound, timeline.duration_seconds, timeline.channels.length, waveform, {
      time: (seconds) => this.tracks?.at(seconds),
      drawn: () => (spectrogram.hidden = false),
      silent: () => {
        note.hidden = false;
        player.audio.hidden = waveform.hidden = true;
      },
    });
    const click = (segment: Segment): void => {
      spoken.textContent = segmentTold(segment);
      player.play(segment.start, segment.end);
    };
    const tracks = new Tracks(timeline, click, (time) => player.seek(time));
    this.player = player;
    this.tracks = tracks;
    this.place.append(
      h("h2", { id: "results-title", tabindex: -1 }, baseName(entry.name)),
      h(
        "p",
        { class: "facts" },
        ...facts(timeline).map(([word, value]) => h("span", {}, `${word}: ${value}`)),
      ),
      h("p", { class: "facts" }, NOT_FEELING),
      ...warnings(entry),
      this.overall(entry),
      h("h3", {}, "Over time"),
      player.audio,
      note,
      waveform,
      spectrogram,
      legend(timeline),
      tracks.element,
      spoken,
      h(
        "details",
        { id: "segments" },
        h("summary", {}, `All segments as a table (${timeline.segments.length})`),
        segmentTable(timeline, click),
      ),
      this.exports(timeline, player),
    );
    this.place.hidden = false;
    tracks.begin();
  }

  clear(): void {
    this.player?.destroy();
    this.tracks?.destroy();
    this.player = this.tracks = null;
    this.place.replaceChildren();
  }

  private overall(entry: Entry): HTMLElement {
    const section = h("section", { id: "overall", "aria-label": "answer for the whole recording" });
    if (entry.predictions.length) {
      section.append(h("h3", {}, "As a whole"), cards(entry));
      return section;
    }
    const ask = h(
      "button",
      { type: "button", id: "ask-overall", onclick: () => void asked() },
      "Ask what it sounds like as a whole",
    );
    section.append(ask);
    const asked = async (): Promise<void> => {
      ask.disabled = true;
      try {
        entry.predictions = await this.handlers.overall(entry);
        section.replaceChildren(h("h3", {}, "As a whole"), cards(entry));
      } catch (error) {
        this.handlers.failed(error);
        ask.disabled = false;
      }
    };
    return section;
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

  private exports(timeline: Timeline, player: Player): HTMLElement {
    const made: [string, string, () => Blob | Promise<Blob>][] = [
      ["csv", "CSV", () => new Blob([toCsv(timeline)], { type: "text/csv" })],
      ["json", "JSON", () => new Blob([toJson(timeline)], { type: "application/json" })],
      ["srt", "SRT captions", () => new Blob([toSrt(timeline.segments)], { type: "application/x-subrip" })],
      ["png", "PNG picture", () => toPng(timeline, player.peaks())],
    ];
    const buttons = made.map(([suffix, words, make]) =>
      h("button", { type: "button", id: `export-${suffix}`, onclick: () => void saved(suffix, make) }, words),
    );
    const saved = async (suffix: string, make: () => Blob | Promise<Blob>): Promise<void> => {
      try {
        save(await make(), exportName(timeline.file, suffix));
      } catch (error) {
        this.handlers.failed(error);
      }
    };
    return h(
      "div",
      { id: "exports", role: "group", "aria-label": "save the timeline" },
      h("span", {}, "Save as"),
      ...buttons,
    );
  }
}

function cards(entry: Entry): HTMLElement {
  const { channels, speakers } = entry.timeline;
  const made = entry.predictions.map((one, number) =>
    answerCard(one, speakers[channels.indexOf(one.channel)] ?? null, number),
  );
  return h("div", { class: "cards", id: "answers" }, ...made);
}

function warnings(entry: Entry): HTMLElement[] {
  const all = new Set([...entry.timeline.warnings, ...entry.predictions.flatMap((one) => one.warnings)]);
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
