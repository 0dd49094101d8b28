/** A timeline as JSON, as `Timeline.to_json` writes it, and answers as the service sends them. */

import type { Prediction, Timeline } from "../contract.ts";
import { floatText } from "../numbers.ts";

export function toJson(timeline: Timeline | readonly Prediction[]): string {
  return `${written(timeline, "", false)}\n`;
}

/** Write one value. JSON tells no 1 from 1.0, so `whole` says whether its numbers are integers. */
function written(value: unknown, indent: string, whole: boolean): string {
  if (typeof value === "number") return whole ? String(value) : floatText(value);
  if (typeof value === "string") return ascii(JSON.stringify(value));
  if (value === null || typeof value !== "object") return String(value);
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((part) => written(part, deeper, whole))
    : Object.entries(value).map(
        ([key, part]) => `${ascii(JSON.stringify(key))}: ${written(part, deeper, isWhole(key))}`,
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return parts.length
    ? `${open}\n${deeper}${parts.join(`,\n${deeper}`)}\n${indent}${close}`
    : `${open}${close}`;
}

function isWhole(key: string): boolean {
  return key === "channel" || key === "channels";
}

function ascii(text: string): string {
  return text.replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
