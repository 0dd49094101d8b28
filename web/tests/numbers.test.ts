import { expect, test } from "vitest";

import { bytesText, clock, floatText, percent, roundEven, wholeClock } from "../src/numbers.ts";
import { written } from "./package.ts";

test.each(Object.entries(written.floats))("the float %s is written as Python does", (value, text) => {
  expect(floatText(Number(value))).toBe(text);
});

test.each(Object.entries(written.clocks))("the time %s is written as the package does", (value, text) => {
  expect(clock(Number(value))).toBe(text);
});

test.each(Object.entries(written.percents))("the share %s is written as the package does", (value, text) => {
  expect(percent(Number(value))).toBe(text);
});

test("halves go to the even neighbour", () => {
  expect([0.5, 1.5, 2.5, -0.5, 2.4, 2.6].map(roundEven)).toEqual([0, 2, 2, 0, 2, 3]);
});

test("a time without tenths is cut, not rounded", () => {
  expect([0, 59.99, 75.4, 3661].map(wholeClock)).toEqual(["0:00", "0:59", "1:15", "1:01:01"]);
});

test("bytes are told in the unit that fits", () => {
  expect([5, 1536, 104857600, 1073741824].map(bytesText)).toEqual(["5 bytes", "1.5 KiB", "100 MiB", "1 GiB"]);
});
