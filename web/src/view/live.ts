/** What is heard live: the emotion of now, its probabilities, and the segments of the last minutes. */

import type { LiveTrack } from "../live/timeline.ts";
import { wholeClock } from "../numbers.ts";
import { ticks } from "../ticks.ts";
import { told } from "../words.ts";
import { badge } from "./answer.ts";
import { Bars } from "./bars.ts";
import { h } from "./dom.ts";
import { place, segmentButton } from "./strip.ts";

/** The strip shows so many seconds; the whole is shown at the end. */
const SHOWN = 120;
const MOST_TICKS = 4;

export class LiveView {
  private readonly now = h("div", { id: "live-label" });
  private readonly elapsed = h("span", { id: "live-elapsed" }, "0:00");
  private readonly announced = h("p", { id: "live-told", class: "facts", "aria-live": "polite" });
  private readonly line = h("div", {
    id: "live-track",
    class: "strip",
    role: "group",
    "aria-label": "finished segments",
  });
  private readonly axis = h("div", { class: "time", "aria-hidden": "true" });
  private readonly bars: Bars;
  private readonly buttons: HTMLButtonElement[] = [];
  private said = "";

  constructor(
    private readonly panel: HTMLElement,
    private readonly track: LiveTrack,
    labels: readonly string[],
  ) {
    this.bars = new Bars(labels);
    this.bars.element.id = "live-scores";
    this.now.append(badge({ label: null, confidence: null, unsure: true, reason: "listening" }));
    panel.replaceChildren(
      h("p", { class: "facts" }, h("span", {}, "heard: ", this.elapsed)),
      this.now,
      this.bars.element,
      h("h3", {}, "Finished segments"),
      h("div", { class: "track" }, this.line, this.axis),
      this.announced,
    );
    panel.hidden = false;
    this.draw();
  }

  draw(): void {
    const { newest, silence, heard, patience } = this.track;
    this.elapsed.textContent = wholeClock(heard);
    const quiet = newest === null || silence > patience;
    if (newest && !quiet) this.bars.set(newest.scores, newest.label);
    const current = quiet
      ? { label: null, confidence: null, unsure: true, reason: heard < patience ? "listening" : "nobody speaks" }
      : newest;
    this.now.replaceChildren(badge(current));
    this.panel.classList.toggle("quiet", quiet);
    this.drawStrip();
    this.announce(quiet ? "" : (newest.label ?? ""));
  }

  private drawStrip(): void {
    const from = Math.max(0, this.track.heard - SHOWN);
    const to = from + SHOWN;
    for (const segment of this.track.segments.slice(this.buttons.length)) {
      const button = segmentButton(segment, (one) => (this.announced.textContent = told(one)));
      this.buttons.push(button);
      this.line.append(button);
    }
    this.track.segments.forEach((segment, index) => {
      const button = this.buttons[index]!;
      button.hidden = segment.end < from;
      if (!button.hidden) place(button, segment, from, to);
    });
    const marks = ticks(from, to, MOST_TICKS).map(({ at, words }) =>
      h("span", { style: `left: ${(100 * (at - from)) / SHOWN}%` }, words),
    );
    this.axis.replaceChildren(...marks);
  }

  /** Say a label when it changes, not each second. */
  private announce(label: string): void {
    if (label === this.said || label === "") return;
    this.said = label;
    this.announced.textContent = `now ${label}`;
  }
}
