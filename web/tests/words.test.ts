import { expect, test } from "vitest";

import { sharesOf } from "../src/shares.ts";
import { ticks } from "../src/ticks.ts";
import { doubt, segmentTold, told } from "../src/words.ts";
import { edges, runsOf } from "../src/runs.ts";
import { timeline } from "./package.ts";

const [sure, unsure, music] = timeline.segments;

test("an unsure answer says so, and why", () => {
  expect(told(unsure!)).toBe("angry 42%, unsure: low confidence");
  expect(doubt(unsure!)).toBe("unsure: low confidence");
  expect(doubt(sure!)).toBeNull();
});

test("what is no speech has a reason and no doubt", () => {
  expect([told(music!), doubt(music!)]).toEqual(["music", null]);
});

test("a segment is told with its time and speaker", () => {
  expect(segmentTold({ ...sure!, speaker: null })).toBe("0:00.0 to 0:02.0, channel 0: angry 62%");
  expect(segmentTold({ ...sure!, speaker: "agent" })).toContain("agent: angry");
  expect(segmentTold({ ...sure!, speaker: null, channel: null })).toContain("all channels");
});

test("shares count speech, in the order of labels", () => {
  const [neutral, angry] = sharesOf(timeline, 0);
  expect([neutral?.label, neutral?.seconds, angry?.label]).toEqual(["neutral", 63.5625, "angry"]);
  expect((neutral?.share ?? 0) + (angry?.share ?? 0)).toBeCloseTo(1);
});

test("windows that touch are one run, and a pause ends it", () => {
  const runs = runsOf(timeline.windows[0]!, timeline);
  expect(runs.map((run) => run.times)).toEqual([
    [0, 1, 1, 2],
    [4, 5],
  ]);
});

test("a run ends with the recording", () => {
  const [, last] = runsOf(timeline.windows[0]!, { hop_seconds: 1, duration_seconds: 4.25 });
  expect(last?.times).toEqual([4, 4.25]);
});

test("the first label reaches to the top", () => {
  expect(edges([0.125, 0.25, 0.625])).toEqual([1, 0.875, 0.625]);
});

test("an axis has whole steps and not too many", () => {
  expect(ticks(0, 3, 12).map((tick) => tick.words)).toEqual(["0:00", "0:01", "0:02", "0:03"]);
  expect(ticks(0, 7200, 6).map((tick) => tick.words)).toEqual([
    "0:00",
    "30:00",
    "1:00:00",
    "1:30:00",
    "2:00:00",
  ]);
  expect(ticks(31, 151, 4).map((tick) => tick.at)).toEqual([60, 90, 120, 150]);
  expect(ticks(0, 4 * 86400, 10).length).toBeLessThanOrEqual(11);
});
