/** All channels of a timeline over time: segments, probabilities, axis, and the playhead over them. */

import type { Segment, Timeline } from "../contract.ts";
import { sharesOf } from "../shares.ts";
import { wholeClock } from "../numbers.ts";
import { colourOf, ordered } from "../theme.ts";
import { ticks } from "../ticks.ts";
import { channelName } from "../words.ts";
import { h } from "./dom.ts";
import { Probabilities } from "./probabilities.ts";
import { strip } from "./strip.ts";

const MOST_TICKS = 10;
const NARROW = 600;

export class Tracks {
  readonly element: HTMLElement;
  private readonly plots: Probabilities[] = [];
  private readonly places: [HTMLElement, number][] = [];

  constructor(
    private readonly timeline: Timeline,
    private readonly click: (segment: Segment) => void,
    private readonly seek: (time: number) => void,
  ) {
    this.element = h("div", { id: "tracks" });
    timeline.channels.forEach((channel, index) => this.place(channel, index));
  }

  /** Draw the probabilities; once the tracks are in the page and have a width. */
  begin(): void {
    this.places.forEach(([place, index]) => {
      const windows = this.timeline.windows[index];
      if (windows?.start.length) this.plots.push(new Probabilities(place, windows, this.timeline, this.seek));
    });
  }

  /** Put the playhead at a time. */
  at(time: number): void {
    const share = Math.min(1, time / this.timeline.duration_seconds);
    this.element.style.setProperty("--now", `${100 * share}%`);
    this.element.classList.add("playing");
    for (const plot of this.plots) plot.at(time);
  }

  destroy(): void {
    for (const plot of this.plots) plot.destroy();
  }

  private place(channel: number | null, index: number): void {
    const { timeline } = this;
    const name = channelName(channel, timeline.speakers[index]);
    const segments = timeline.segments.filter((segment) => segment.channel === channel);
    const scores = h("div", { class: "probabilities", "aria-hidden": "true" });
    this.places.push([scores, index]);
    this.element.append(
      h(
        "section",
        { class: "channel", "data-channel": channel, "aria-label": name },
        h("h4", {}, name),
        h(
          "div",
          { class: "track" },
          strip(segments, timeline.duration_seconds, name, this.click),
          axis(timeline.duration_seconds),
          scores,
          h("div", { class: "head", "aria-hidden": "true" }),
        ),
        sharesLine(timeline, channel),
      ),
    );
  }
}

function axis(duration: number): HTMLElement {
  const most = window.innerWidth < NARROW ? MOST_TICKS / 2 : MOST_TICKS;
  const marks = ticks(0, duration, most).map(({ at, words }) =>
    h("span", { style: `left: ${((100 * at) / duration).toFixed(3)}%` }, words),
  );
  return h("div", { class: "time", "aria-hidden": "true" }, ...marks);
}

function sharesLine(timeline: Timeline, channel: number | null): HTMLElement {
  const shares = sharesOf(timeline, channel);
  const words = shares.map(({ label, seconds, share }) =>
    h("span", {}, `${label}: ${Math.round(100 * share)} % (${wholeClock(seconds)})`),
  );
  return h(
    "p",
    { class: "facts shares" },
    words.length ? "Shares of the speech: " : "Nobody speaks.",
    ...words,
  );
}

/** Return what the colours of a timeline mean. */
export function legend(timeline: Timeline): HTMLElement {
  const labels = ordered(timeline.windows.flatMap((windows) => windows.labels));
  const keys = labels.map((label) =>
    h("span", {}, h("i", { style: `background: ${colourOf(label)}` }), label),
  );
  return h(
    "p",
    { class: "key" },
    ...keys,
    h("span", {}, h("i", { class: "unsure" }), "pale and hatched: unsure"),
  );
}
