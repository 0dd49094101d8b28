/** Segments as SubRip captions, as `Timeline.to_srt` writes them. */

import type { Segment } from "../contract.ts";
import { percent, roundEven, two } from "../numbers.ts";

export function toSrt(segments: readonly Segment[]): string {
  return segments
    .map((one, index) => `${index + 1}\n${time(one.start)} --> ${time(one.end)}\n${line(one)}\n\n`)
    .join("");
}

function line(segment: Segment): string {
  return segment.speaker === null ? caption(segment) : `${plain(segment.speaker)}: ${caption(segment)}`;
}

function caption(segment: Segment): string {
  if (segment.label === null || segment.confidence === null) return `[${segment.reason ?? "no speech"}]`;
  const words = `${segment.label} ${percent(segment.confidence)}`;
  return segment.unsure ? `unsure, ${words} (${segment.reason ?? ""})` : words;
}

/** Return a name on one line, without what would end a caption or be markup in it. */
function plain(name: string): string {
  const flat = name.replaceAll("-->", "->").replace(/\s+/g, " ").trim();
  return flat.replaceAll("<", "(").replaceAll(">", ")");
}

function time(seconds: number): string {
  const all = roundEven(seconds * 1000);
  const whole = Math.floor(all / 1000);
  const minutes = Math.floor(whole / 60);
  const parts = [Math.floor(minutes / 60), minutes % 60, whole % 60].map(two).join(":");
  return `${parts},${String(all % 1000).padStart(3, "0")}`;
}
