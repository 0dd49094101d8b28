/** All segments as a table: the track for those who read rather than see it. */

import type { Segment, Timeline } from "../contract.ts";
import { clock, percent } from "../numbers.ts";
import { channelName, doubt } from "../words.ts";
import { h } from "./dom.ts";

export function segmentTable(timeline: Timeline, click: (segment: Segment) => void): HTMLElement {
  const heads = ["from", "to", "who", "emotion", "confidence", "note"].map((word) =>
    h("th", { scope: "col" }, word),
  );
  const rows = timeline.segments.map((segment) =>
    h(
      "tr",
      {},
      h(
        "td",
        {},
        h("button", { type: "button", class: "link", onclick: () => click(segment) }, clock(segment.start)),
      ),
      h("td", {}, clock(segment.end)),
      h("td", {}, channelName(segment.channel, segment.speaker)),
      h("td", {}, segment.label ?? "–"),
      h("td", {}, segment.confidence === null ? "–" : percent(segment.confidence)),
      h("td", {}, doubt(segment) ?? segment.reason ?? ""),
    ),
  );
  return h(
    "div",
    { class: "wide" },
    h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)),
  );
}
