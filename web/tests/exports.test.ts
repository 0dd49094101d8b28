import { expect, test } from "vitest";

import { toSrt } from "../src/exports/captions.ts";
import { toCsv } from "../src/exports/csv.ts";
import { toJson } from "../src/exports/json.ts";
import { exportName } from "../src/exports/save.ts";
import { fixture, timeline } from "./package.ts";

test("CSV is what the package writes", () => {
  expect(toCsv(timeline)).toBe(fixture("timeline.csv"));
});

test("JSON is what the package writes", () => {
  expect(toJson(timeline)).toBe(fixture("timeline.json"));
});

test("captions are what the package writes", () => {
  expect(toSrt(timeline)).toBe(fixture("timeline.srt"));
});

test("captions of speakers without names say the channel, as the package does", () => {
  const segments = timeline.segments.map((one) => ({ ...one, speaker: one.channel === 0 ? "speaker 1" : null }));
  expect(toSrt({ ...timeline, speakers: [null, null], segments })).toBe(fixture("unnamed.srt"));
});

test("an export is named after the recording", () => {
  expect(exportName("calls/März 1.wav", "csv")).toBe("März 1.csv");
  expect(exportName("C:\\calls\\a:b", "png")).toBe("a_b.png");
  expect(exportName(".wav", "srt")).toBe("timeline.srt");
});
