/**
 * From probabilities of speech to regions, and from regions to windows, in whole samples, half open.
 *
 * The rules are those of the package's `speech/detector.py` and `speech/regions.py`; its own answers are held
 * against these in the tests.
 */

import { RATE, samplesIn } from "./card.ts";

/** Samples of a frame, which has one probability. */
export const FRAME = 512;

/** Speech begins at a frame with at least this probability. */
export const START = 0.5;
/** Speech may end at a frame with less than this probability. */
const STOP = START - 0.15;
/** Shorter bursts are not speech. */
const MIN_SPEECH = 0.2 * RATE;
/** Shorter pauses do not end a region. */
const MIN_SILENCE = 0.1 * RATE;
/** Added to both sides of a region, so that soft consonants stay. */
const PADDING = 0.03 * RATE;
/** A region is cut here: a service cuts it, too, to keep its memory bounded. */
const LONGEST = 1920 * FRAME;
/** Two regions this far apart, or farther, never share a window. */
const MAX_GAP_SECONDS = 1;

/** A stretch of speech: samples [start, end). */
export interface Region {
  start: number;
  end: number;
}

/** A stretch to be judged at once, of which `speech` samples are speech. */
export interface Window extends Region {
  speech: number;
}

/** Return the regions of a recording of so many samples, from the probabilities of its frames. */
export function regionsOf(probabilities: ArrayLike<number>, samples: number): Region[] {
  const found: Region[] = [];
  let start: number | null = null;
  let pause: number | null = null;
  let continues = false;
  let now = 0;

  const padded = (begun: number): number => (continues ? begun : Math.max(0, begun - PADDING));
  const end = (begun: number, ended: number, limit: number): void => {
    // What follows a cut is the rest of longer speech: it stays, however short.
    if (ended - begun >= (continues ? 1 : MIN_SPEECH))
      found.push({ start: padded(begun), end: Math.min(ended + PADDING, limit) });
    [start, pause, continues] = [null, null, false];
  };

  for (let frame = 0; frame < probabilities.length; frame++) {
    const probability = probabilities[frame]!;
    if (probability >= START) {
      pause = null;
      start ??= now;
    } else if (probability < STOP && start !== null) {
      if (pause === null) pause = now;
      else if (now - pause >= MIN_SILENCE) end(start, pause, now);
    }
    now += FRAME;
    if (start !== null && pause === null && now - start >= LONGEST) {
      found.push({ start: padded(start), end: now });
      [start, continues] = [now, true];
    }
  }
  if (start !== null) end(start, pause ?? samples, samples);
  return found;
}

/** Join near regions and split long ones into windows; every sample of speech lies in exactly one. */
export function windowsOf(regions: readonly Region[], windowSeconds: number): Window[] {
  const longest = samplesIn(windowSeconds);
  const gap = samplesIn(MAX_GAP_SECONDS);
  const windows: Window[] = [];
  for (const { start, end } of regions) {
    const open = windows.at(-1);
    if (open && start - open.end < gap && end - open.start <= longest) {
      open.end = end;
      open.speech += end - start;
    } else {
      windows.push(...split(start, end, longest));
    }
  }
  return windows;
}

/** Split a stretch into the fewest windows that fit, as even as whole samples allow. */
function split(start: number, end: number, longest: number): Window[] {
  const length = end - start;
  const parts = Math.max(1, Math.ceil(length / longest));
  const edge = (part: number): number => start + Math.floor((length * part) / parts);
  return Array.from({ length: parts }, (_, part) => ({
    start: edge(part),
    end: edge(part + 1),
    speech: edge(part + 1) - edge(part),
  }));
}
