/** Where an axis of time has words. */

import { two } from "./numbers.ts";

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

export interface Tick {
  at: number;
  words: string;
}

/** Return the ticks from one time to another, at whole steps and at most so many. */
export function ticks(start: number, end: number, most: number): Tick[] {
  const step =
    STEPS.find((one) => (end - start) / one <= most) ?? Math.ceil((end - start) / most / 3600) * 3600;
  const found: Tick[] = [];
  for (let at = Math.ceil(start / step) * step; at <= end; at += step) {
    const hours = Math.floor(at / 3600);
    const rest = `${hours ? two(Math.floor((at / 60) % 60)) : Math.floor(at / 60)}:${two(at % 60)}`;
    found.push({ at, words: hours ? `${hours}:${rest}` : rest });
  }
  return found;
}
