/** The list of what was analysed in this tab. */

import { type Entry, type History, secondsOf } from "../history.ts";
import { clock } from "../numbers.ts";
import { sharesOf } from "../shares.ts";
import { told } from "../words.ts";
import { h } from "./dom.ts";

export function drawHistory(
  section: HTMLElement,
  list: HTMLElement,
  history: History,
  show: (id: number) => void,
): void {
  section.hidden = history.entries.length === 0;
  const lines = history.entries.map((entry) =>
    h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          "data-testid": "history-entry",
          "data-id": entry.id,
          "aria-current": entry === history.shown ? "true" : null,
          onclick: () => show(entry.id),
        },
        h("strong", {}, entry.name),
        ` ${clock(secondsOf(entry))}, ${inShort(entry)}, ${entry.when.toLocaleTimeString()}`,
      ),
    ),
  );
  list.replaceChildren(...lines);
}

/** Return what a recording sounds like in a few words. */
export function inShort(entry: Pick<Entry, "predictions" | "timeline">): string {
  if (entry.predictions.length || !entry.timeline) return entry.predictions.map(told).join(" / ");
  const { timeline } = entry;
  const shares = timeline.channels.flatMap((channel) => sharesOf(timeline, channel));
  const [most] = shares.sort((a, b) => b.seconds - a.seconds);
  return most ? `mostly ${most.label}` : "no speech";
}
