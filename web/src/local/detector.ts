/** Where speech is, by the rules of the package's `speech/detector.py`. */

import { FRAME, type Region, regionsOf, START } from "./regions.ts";
import { resampled } from "./resample.ts";

/** Samples brought to one level together: 30.72 s, whole frames. */
const SPAN = 960 * FRAME;
/** Peak that each span is brought to before detection. */
const LEVEL = 0.95;
/** No span is amplified by more than this (46 dB). */
const MOST_GAIN = 200;
/** A span that never reaches this is silence: it is not amplified, and holds no speech. */
const SILENT_PEAK = 1e-4;
/** A span with fewer frames of speech than this is listened to a second time, lowered. */
const FEW = 16;
/** What the second listening hears counts if it is at least this share of the span's frames. */
const LOWERED_SHARE = 0.03;

/** Gives one probability a frame, carrying on where its last call ended. */
export interface SpeechNetwork {
  probabilities(samples: Float32Array): Promise<Float32Array>;
}

/**
 * Return the regions of speech in one channel of 16 kHz sound.
 *
 * @param begin gives the network as it is before any sound
 */
export async function speechIn(samples: Float32Array, begin: () => SpeechNetwork): Promise<Region[]> {
  const network = begin();
  const all: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += SPAN) {
    all.push(await heard(samples.subarray(at, at + SPAN), network, begin));
  }
  return regionsOf(joined(all), samples.length);
}

async function heard(
  span: Float32Array,
  network: SpeechNetwork,
  begin: () => SpeechNetwork,
): Promise<Float32Array> {
  const gain = gainOf(span);
  const levelled = wholeFrames(span).map((sample) => sample * gain);
  const found = await network.probabilities(levelled);
  if (gain === 0 || count(found) >= FEW) return found;
  const second = await heardLowered(levelled, begin());
  return found.map((probability, frame) => Math.max(probability, second[frame] ?? 0));
}

/**
 * Listen 7 semitones lower: the network misses shouting. Nothing is found where that hears next to nothing, for
 * tones and music fool the network for an instant now and then.
 */
async function heardLowered(span: Float32Array, network: SpeechNetwork): Promise<Float32Array> {
  const found = await network.probabilities(wholeFrames(resampled(span, 2, 3)));
  const frames = span.length / FRAME;
  const heard = Float32Array.from(
    { length: frames },
    (_, frame) => found[Math.min(Math.floor(((2 * frame + 1) * 3) / 4), found.length - 1)]!,
  );
  return count(heard) < LOWERED_SHARE * frames ? new Float32Array(frames) : heard;
}

/** Return the factor that brings a span to one level; 0 for silence, so that its hiss is not heard. */
function gainOf(span: Float32Array): number {
  const peak = span.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return peak < SILENT_PEAK ? 0 : Math.fround(Math.min(LEVEL / peak, MOST_GAIN));
}

/** Append zeros up to the next whole frame. */
function wholeFrames(span: Float32Array): Float32Array {
  const whole = new Float32Array(Math.ceil(span.length / FRAME) * FRAME);
  whole.set(span);
  return whole;
}

function count(probabilities: Float32Array): number {
  return probabilities.reduce((many, one) => many + (one >= START ? 1 : 0), 0);
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
