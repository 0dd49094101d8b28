/** What the samples give away: silence, channels that cancel, too loud. In the words of `audio/levels.py`. */

import { floatText } from "../numbers.ts";

const SILENT_PEAK = 1e-4;
/** Lossy codecs overshoot full scale a little; a larger share of samples outside [-1, 1] is told. */
const LOUD_SHARE = 0.001;
const LOUD_PEAK = 2;

/**
 * Return what is wrong with a recording.
 *
 * @param channels as decoded
 * @param picked the same after they were mixed or chosen
 */
export function levelWarnings(channels: readonly Float32Array[], picked: readonly Float32Array[]): string[] {
  const peak = peakOf(channels);
  const outside = channels.reduce((sum, one) => sum + outsideOf(one), 0);
  const samples = channels.reduce((sum, one) => sum + one.length, 0);
  const notes: string[] = [];
  if (peakOf(picked) < SILENT_PEAK && SILENT_PEAK <= peak)
    notes.push("silent as chosen: other channels hold sound, or the channels cancel each other");
  else if (samples && peak < SILENT_PEAK) notes.push(`silent: peak ${general(peak, 2)}`);
  if (outside > LOUD_SHARE * samples || peak >= LOUD_PEAK)
    notes.push(`${outside} samples lie outside [-1, 1] and were clipped; the peak is ${general(peak, 3)}`);
  return notes;
}

function peakOf(channels: readonly Float32Array[]): number {
  return Math.max(
    0,
    ...channels.map((one) => one.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)),
  );
}

function outsideOf(samples: Float32Array): number {
  return samples.reduce((many, sample) => many + (Math.abs(sample) > 1 ? 1 : 0), 0);
}

/** Return a number with so many digits, as Python's format "g" writes it. */
function general(value: number, digits: number): string {
  return floatText(Number(value.toPrecision(digits))).replace(/\.0$/, "");
}
