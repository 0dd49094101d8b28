/** Segments of one channel as a strip of buttons over time. */

import type { Segment } from "../contract.ts";
import { colourOf, inkOn } from "../theme.ts";
import { segmentTold, told } from "../words.ts";
import { h } from "./dom.ts";

/** Return one segment as a button. Its place is set by `place`. */
export function segmentButton(segment: Segment, click: (segment: Segment) => void): HTMLButtonElement {
  const { label, unsure } = segment;
  const colour = label === null ? null : colourOf(label);
  return h(
    "button",
    {
      type: "button",
      class: `segment${label === null ? " none" : unsure ? " unsure" : ""}`,
      "data-testid": "segment",
      "data-start": segment.start,
      "data-end": segment.end,
      "data-label": label ?? "",
      "data-channel": segment.channel,
      "data-unsure": String(unsure),
      "aria-label": segmentTold(segment),
      title: segmentTold(segment),
      style: colour && `--colour: ${colour}${unsure ? "" : `; color: ${inkOn(colour)}`}`,
      onclick: () => click(segment),
    },
    label ?? told(segment),
  );
}

/** Put a button where its segment is between two times. */
export function place(button: HTMLElement, segment: Segment, from: number, to: number): void {
  const start = Math.max(segment.start, from);
  const end = Math.min(segment.end, to);
  button.style.left = `${((100 * (start - from)) / (to - from)).toFixed(3)}%`;
  button.style.width = `${((100 * (end - start)) / (to - from)).toFixed(3)}%`;
}

/**
 * A strip of a whole recording. A long one has thousands of segments, so it is one stop for the Tab key; the
 * arrow keys go from segment to segment.
 */
export function strip(
  segments: readonly Segment[],
  duration: number,
  name: string,
  click: (segment: Segment) => void,
): HTMLElement {
  const buttons = segments.map((segment) => {
    const button = segmentButton(segment, click);
    place(button, segment, 0, duration);
    return button;
  });
  const element = h(
    "div",
    {
      class: "strip",
      role: "group",
      "aria-label": `emotions of ${name}; arrow keys move, Enter plays`,
      onkeydown: move,
    },
    ...buttons,
  );
  buttons.forEach((button, index) => (button.tabIndex = index === 0 ? 0 : -1));
  element.addEventListener("focusin", (event) => {
    for (const button of buttons) button.tabIndex = button === event.target ? 0 : -1;
  });
  return element;

  function move(event: Event): void {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = target((event as KeyboardEvent).key, at, buttons.length);
    if (at < 0 || to === null) return;
    event.preventDefault();
    buttons[to]?.focus();
  }
}

function target(key: string, at: number, count: number): number | null {
  if (key === "ArrowRight") return Math.min(at + 1, count - 1);
  if (key === "ArrowLeft") return Math.max(at - 1, 0);
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
