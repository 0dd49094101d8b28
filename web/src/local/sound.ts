/** A file as the browser decodes it. */

import { Problem, type Sound } from "../api.ts";
import { bytesText } from "../numbers.ts";
import { notAudioBecause } from "./contents.ts";
import type { Decoded } from "./judge.ts";
import { HEAD, rateIn } from "./rate.ts";

/** A browser decodes a file as a whole, and holds all of its samples: 12 MB a minute and channel at 48 kHz. */
const MOST_BYTES = 128 * 2 ** 20;
const MOST_SECONDS = 1800;
/** Where a file does not say its rate in a way that is read here: that of most. */
const USUAL_RATE = 48_000;
/** What every browser can decode to, in Hz. */
const RATES = { least: 8_000, most: 96_000 };

/** Return the channels of a recording; refusals are in the words of the service. */
export async function decoded({ name, data }: Sound): Promise<Decoded> {
  if (data.size === 0) throw new Problem(0, `${name}: is empty (0 bytes)`);
  if (data.size > MOST_BYTES) throw tooLong(name, `has ${bytesText(data.size)}`, bytesText(MOST_BYTES));
  const seconds = await lengthOf(data);
  if (seconds > MOST_SECONDS) throw tooLong(name, `lasts ${Math.round(seconds)} s`, `${MOST_SECONDS} s`);
  const head = new Uint8Array(await data.slice(0, HEAD).arrayBuffer());
  const told = rateIn(head);
  const rate = told !== null && RATES.least <= told && told <= RATES.most ? told : USUAL_RATE;
  let buffer: AudioBuffer;
  try {
    buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await data.arrayBuffer());
  } catch {
    throw new Problem(0, `${name}: ${notAudioBecause(head)}`);
  }
  if (buffer.length === 0) throw new Problem(0, `${name}: holds no sound (0 samples)`);
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, one) => buffer.getChannelData(one));
  for (const samples of channels) checkFinite(name, samples, rate);
  return { rate, channels };
}

function tooLong(name: string, words: string, most: string): Problem {
  return new Problem(0, `${name}: ${words}; in this browser ${most} are the most. The server takes more.`);
}

/** Return how many seconds a file says that it lasts; 0 where it does not. */
function lengthOf(data: Blob): Promise<number> {
  const audio = new Audio();
  const url = URL.createObjectURL(data);
  audio.preload = "metadata";
  audio.src = url;
  return new Promise<number>((done) => {
    // A recording of a browser may say that it never ends.
    audio.onloadedmetadata = () => done(Number.isFinite(audio.duration) ? audio.duration : 0);
    audio.onerror = () => done(0);
  }).finally(() => {
    audio.removeAttribute("src");
    URL.revokeObjectURL(url);
  });
}

function checkFinite(name: string, samples: Float32Array, rate: number): void {
  const first = samples.findIndex((sample) => !Number.isFinite(sample));
  if (first < 0) return;
  const many = samples.reduce((sum, sample) => sum + (Number.isFinite(sample) ? 0 : 1), 0);
  const words = `${many} of ${samples.length} samples are NaN or infinite`;
  throw new Problem(0, `${name}: ${words}, the first at ${(first / rate).toFixed(3)} s`);
}
