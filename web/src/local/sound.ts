/** A file as the browser decodes it: all channels at 16 kHz. */

import { Problem, type Sound } from "../api.ts";
import { bytesText } from "../numbers.ts";
import { RATE } from "./card.ts";
import { HEAD, notAudioBecause } from "./contents.ts";

/** A browser decodes a file as a whole, and holds all of its samples. */
export const MOST_BYTES = 128 * 2 ** 20;

/** Return the channels of a recording; refusals are in the words of the service. */
export async function decoded({ name, data }: Sound): Promise<Float32Array[]> {
  if (data.size === 0) throw new Problem(0, `${name}: is empty (0 bytes)`);
  if (data.size > MOST_BYTES) {
    const most = bytesText(MOST_BYTES);
    throw new Problem(0, `${name}: has ${bytesText(data.size)}; in this browser ${most} are the most.`);
  }
  let buffer: AudioBuffer;
  try {
    buffer = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await data.arrayBuffer());
  } catch {
    const head = new Uint8Array(await data.slice(0, HEAD).arrayBuffer());
    throw new Problem(0, `${name}: ${notAudioBecause(head)}`);
  }
  if (buffer.length === 0) throw new Problem(0, `${name}: holds no sound (0 samples)`);
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, one) => buffer.getChannelData(one));
  for (const samples of channels) checkFinite(name, samples);
  return channels;
}

function checkFinite(name: string, samples: Float32Array): void {
  const first = samples.findIndex((sample) => !Number.isFinite(sample));
  if (first < 0) return;
  const many = samples.reduce((sum, sample) => sum + (Number.isFinite(sample) ? 0 : 1), 0);
  const words = `${many} of ${samples.length} samples are NaN or infinite`;
  throw new Problem(0, `${name}: ${words}, the first at ${(first / RATE).toFixed(3)} s`);
}
