/** Answers in words, the same ones as in the package's page of a timeline. */

import type { Answer, Segment, Timeline } from "./contract.ts";
import { clock, percent } from "./numbers.ts";

export const NOT_FEELING = "How a voice sounds to listeners, not what a person feels.";

type Told = Pick<Answer, "label" | "confidence" | "unsure" | "reason">;

/** Return an answer in a few words: "happy 87%, unsure: low confidence". */
export function told(answer: Told): string {
  if (answer.label === null || answer.confidence === null) return answer.reason ?? "no speech";
  const words = `${answer.label} ${percent(answer.confidence)}`;
  return answer.unsure ? `${words}, unsure: ${answer.reason ?? "no reason given"}` : words;
}

/** Return what an unsure answer is marked with, or null of one that can be relied on. */
export function doubt(answer: Told): string | null {
  return answer.unsure && answer.label !== null ? `unsure: ${answer.reason ?? "no reason given"}` : null;
}

export function channelName(channel: number | null, speaker: string | null | undefined): string {
  return speaker ?? (channel === null ? "all channels" : `channel ${channel}`);
}

/** Return when, who, and what a segment sounds like. */
export function segmentTold(segment: Segment): string {
  const who = channelName(segment.channel, segment.speaker);
  return `${clock(segment.start)} to ${clock(segment.end)}, ${who}: ${told(segment)}`;
}

/** Return what else there is to say about a timeline: a word and its value. */
export function facts(timeline: Timeline): [string, string][] {
  return [
    ["length", `${timeline.duration_seconds.toFixed(1)} s`],
    ["model", timeline.model + (timeline.adapted ? ", adapted" : "")],
    ["window", `${timeline.window_seconds} s`],
    ["step", `${timeline.hop_seconds} s`],
  ];
}

/** Return the last part of a path. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) || path;
}
