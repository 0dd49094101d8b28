/** A timeline as CSV: a line a segment, a column a score, as `Timeline.to_csv` writes it. */

import type { Segment, Timeline } from "../contract.ts";
import { floatText } from "../numbers.ts";

const VOICES = ["female", "male"];
const BEFORE = ["file", "start", "end", "channel", "speaker", "label", "confidence"];
const AFTER = [
  "intensity",
  "agreement",
  "speech_seconds",
  "duration_seconds",
  "model",
  "adapted",
  "warnings",
  "error",
];

type Value = string | number | boolean | null | undefined;

export function toCsv(timeline: Timeline): string {
  const labels = timeline.windows[0]?.labels ?? [];
  const scores = labels.map((label) => `score_${label}`);
  const voices = VOICES.map((voice) => `voice_${voice}`);
  const columns = [...BEFORE, ...scores, "unsure", "reason", ...voices, ...AFTER];
  const rows = timeline.segments.map((segment) => {
    const cells = flat(segment);
    return columns.map((column) => cell(column, cells[column]));
  });
  return [columns, ...rows].map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

function flat(segment: Segment): Record<string, Value> {
  const { scores, voice, warnings, ...rest } = segment;
  return {
    ...rest,
    ...prefixed("score", scores),
    ...prefixed("voice", voice ?? {}),
    warnings: warnings.join("; "),
  };
}

function prefixed(word: string, scores: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(scores).map(([label, score]) => [`${word}_${label}`, score]));
}

function cell(column: string, value: Value): string {
  if (value === null || value === undefined) return "";
  // JSON tells no 1 from 1.0; all numbers but that of a channel are floats.
  return typeof value === "number" && column !== "channel" ? floatText(value) : String(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
