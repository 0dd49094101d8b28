/** One recording from its samples to its answers. It knows no browser and no runtime. */

import type { Prediction } from "../contract.ts";
import { answered } from "./answer.ts";
import { type Card, RATE, samplesIn } from "./card.ts";
import { speechIn, type SpeechNetwork } from "./detector.ts";
import { levelWarnings } from "./levels.ts";
import { windowsOf } from "./regions.ts";
import { resampled } from "./resample.ts";
import { heardIn, pooled, type RawScores, type Verdict } from "./verdict.ts";

export interface Networks {
  /** Give the network of speech as it is before any sound. */
  speech(): SpeechNetwork;
  /** Score one stretch of at least the card's shortest length. */
  scores(samples: Float32Array): Promise<RawScores>;
}

/** Sound as it was decoded. */
export interface Decoded {
  /** In Hz. */
  rate: number;
  channels: Float32Array[];
}

export interface Recording extends Decoded {
  name: string;
}

/**
 * Return one answer for the mean of all channels, or one for each.
 *
 * @param progress is told how much was judged, from 0 to 1
 */
export async function judged(
  recording: Recording,
  split: boolean,
  card: Card,
  networks: Networks,
  progress: (share: number) => void,
): Promise<Prediction[]> {
  const { name, rate, channels } = recording;
  const picked = split ? channels : [mean(channels)];
  const warnings = levelWarnings(channels, picked);
  const durationSeconds = (channels[0]?.length ?? 0) / rate;
  const answers: Prediction[] = [];
  for (const [channel, samples] of picked.entries()) {
    const told = (share: number): void => progress((channel + share) / picked.length);
    const verdict = await verdictOn(resampled(samples, rate, RATE).map(clipped), card, networks, told);
    const known = { file: name, channel: split ? channel : null, durationSeconds, warnings };
    answers.push(answered(known, card, verdict));
  }
  return answers;
}

async function verdictOn(
  samples: Float32Array,
  card: Card,
  networks: Networks,
  progress: (share: number) => void,
): Promise<Verdict | null> {
  const regions = await speechIn(samples, () => networks.speech());
  const verdicts: Verdict[] = [];
  for (const { start, end, speech } of windowsOf(regions, card.window_seconds)) {
    const raw = await networks.scores(padded(samples.subarray(start, end), samplesIn(card.min_seconds)));
    verdicts.push(heardIn(raw, card, speech));
    progress(end / samples.length);
  }
  return pooled(verdicts);
}

/** Add zeros on both sides up to `shortest` samples. */
export function padded(samples: Float32Array, shortest: number): Float32Array {
  const missing = Math.max(0, shortest - samples.length);
  const made = new Float32Array(samples.length + missing);
  made.set(samples, Math.floor(missing / 2));
  return made;
}

function mean(channels: readonly Float32Array[]): Float32Array {
  const [first] = channels;
  if (!first || channels.length === 1) return first ?? new Float32Array();
  return first.map((_, at) => channels.reduce((sum, one) => sum + one[at]!, 0) / channels.length);
}

function clipped(sample: number): number {
  return Math.max(-1, Math.min(1, sample));
}
