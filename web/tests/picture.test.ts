import { expect, test } from "vitest";

import { draw, layout } from "../src/exports/picture.ts";
import { colourOf, tint } from "../src/theme.ts";
import { mixed } from "../src/mixed.ts";
import { timeline } from "./package.ts";

/** A pen that notes what it writes and fills. */
function pen() {
  const words: string[] = [];
  const fills: string[] = [];
  const known: Record<string, unknown> = {
    fillText: (text: string) => words.push(text),
    fillRect: () => fills.push(String(known["fillStyle"])),
    fill: () => fills.push(String(known["fillStyle"])),
    measureText: () => ({ width: 1 }),
  };
  const context = new Proxy(known, {
    get: (target, name: string) => target[name] ?? (() => undefined),
  }) as unknown as CanvasRenderingContext2D;
  return { context, words, fills };
}

test("each channel has its place, and nothing stands on another", () => {
  const place = layout(timeline, true);
  const tops = place.panels.flatMap((panel) => [
    panel.top,
    panel.sound ?? 0,
    panel.strip,
    panel.scores,
    panel.axis,
  ]);
  expect(tops).toEqual([...tops].sort((a, b) => a - b));
  expect(place.panels.map((panel) => panel.name)).toEqual(timeline.speakers);
  expect(place.key).toBeGreaterThan(tops.at(-1)!);
  expect(place.height).toBeGreaterThan(place.key);
});

test("without samples there is no room for a waveform", () => {
  expect(layout(timeline, false).panels.every((panel) => panel.sound === null)).toBe(true);
  expect(layout(timeline, false).height).toBeLessThan(layout(timeline, true).height);
});

test("it has title, names, legend, axis and the caution", () => {
  const { context, words } = pen();
  draw(context, timeline, layout(timeline, false), []);
  const [agent, customer] = timeline.speakers;
  // The segments are too narrow here for words of their own.
  const wanted = ["Timeline of März 1.wav", agent, customer, "happy", "pale: unsure", "30:00"];
  expect(words).toEqual(expect.arrayContaining(wanted));
  expect(words).toContain("How a voice sounds to listeners, not what a person feels.");
});

test("an unsure segment is pale", () => {
  const { context, fills } = pen();
  draw(context, timeline, layout(timeline, true), [[0.5, -1]]);
  expect(fills).toContain(tint(colourOf("angry")));
});

test("channels that are heard together are drawn together", () => {
  expect([...mixed([Float32Array.of(0, 1, -1), Float32Array.of(1, 1, 1)])]).toEqual([0.5, 1, 0]);
});
