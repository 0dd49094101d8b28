/** A timeline as SubRip captions, as `Timeline.to_srt` writes them. */

import type { Segment, Timeline } from "../contract.ts";
import { percent, roundEven, two } from "../numbers.ts";

export function toSrt(timeline: Timeline): string {
  return timeline.segments
    .map((one, index) => {
      const speaker = who(one, timeline);
      const line = speaker === null ? caption(one) : `${plain(speaker)}: ${caption(one)}`;
      return `${index + 1}\n${time(one.start)} --> ${time(one.end)}\n${line}\n\n`;
    })
    .join("");
}

/** Return who speaks in a segment, or in which of several channels; null where there is nothing to tell apart. */
function who({ channel, speaker }: Segment, { channels, speakers }: Timeline): string | null {
  if (channels.length === 1 || (speakers[channels.indexOf(channel)] ?? null) !== null) return speaker;
  return speaker === null ? `channel ${channel}` : `channel ${channel}, ${speaker}`;
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
