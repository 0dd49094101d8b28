/** How much of the speech of a channel sounds like what. */

import type { Timeline } from "./contract.ts";
import { ordered } from "./theme.ts";

export interface Share {
  label: string;
  seconds: number;
  share: number;
}

export function sharesOf(timeline: Timeline, channel: number | null): Share[] {
  const spoken = new Map<string, number>();
  for (const segment of timeline.segments) {
    if (segment.channel !== channel || segment.label === null) continue;
    spoken.set(segment.label, (spoken.get(segment.label) ?? 0) + (segment.speech_seconds ?? 0));
  }
  const total = [...spoken.values()].reduce((sum, seconds) => sum + seconds, 0);
  return ordered(spoken.keys()).map((label) => {
    const seconds = spoken.get(label) ?? 0;
    return { label, seconds, share: total > 0 ? seconds / total : 0 };
  });
}
