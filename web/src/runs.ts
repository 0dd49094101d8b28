/** Probabilities over time as what is drawn: one on another, broken where nobody speaks. */

import type { Timeline, WindowScores } from "./contract.ts";

/** Steps that touch, each with both of its ends. */
export interface Run {
  times: number[];
  /** A row of probabilities for each time. */
  scores: number[][];
}

export function runsOf(
  windows: WindowScores,
  timeline: Pick<Timeline, "hop_seconds" | "duration_seconds">,
): Run[] {
  const runs: Run[] = [];
  windows.step_start.forEach((start, index) => {
    const end = Math.min(start + timeline.hop_seconds, timeline.duration_seconds);
    const row = windows.scores[index] ?? [];
    const last = runs.at(-1);
    if (last && start - (last.times.at(-1) ?? 0) <= 1e-6) {
      last.times.push(start, end);
      last.scores.push(row, row);
    } else {
      runs.push({ times: [start, end], scores: [row, row] });
    }
  });
  return runs;
}

/** Return for each label the upper edge of what it fills: the sum of its own and all later probabilities. */
export function edges(row: readonly number[]): number[] {
  const above = [...row];
  for (let place = above.length - 2; place >= 0; place--) above[place]! += above[place + 1]!;
  return above;
}
