import { expect, test } from "vitest";

import { COLOURS, colourOf, GRID, INK, inkOn, ordered, PAPER, tint, UNKNOWN } from "../src/theme.ts";
import { written } from "./package.ts";

test("colours, and their order, are the package's", () => {
  expect(Object.keys(COLOURS)).toEqual(Object.keys(written.colours));
  for (const [label, [colour, ink, pale]] of Object.entries(written.colours)) {
    expect([colourOf(label), inkOn(colour), tint(colour)]).toEqual([colour, ink, pale]);
  }
});

test("ink, paper, lines and the unknown are the package's", () => {
  expect({ INK, PAPER, GRID, UNKNOWN }).toEqual(written.look);
});

test("a label of one's own is grey and comes last", () => {
  expect(colourOf("odd")).toBe(UNKNOWN);
  expect(ordered(["sad", "odd", "neutral", "sad"])).toEqual(["neutral", "sad", "odd"]);
});
