/** What is said over a live connection. */

import type { Segment } from "../contract.ts";
import type { Choice } from "../options.ts";

export interface Ready {
  type: "ready";
  session: string;
  model: string;
  labels: string[];
  channels: number;
  window_seconds: number;
  hop_seconds: number;
  max_seconds: number;
}

export type Step = Segment & { type: "step" };
export type Ended = Segment & { type: "segment" };

export type Message =
  | Ready
  | Step
  | Ended
  | { type: "heard"; seconds: number }
  | { type: "end"; seconds: number }
  | { type: "error"; status: number; title: string; detail: string; request_id?: string };

const TYPES = ["ready", "step", "segment", "heard", "end", "error"];

/** Return a message of the server, or null of what a later server may add. */
export function parse(text: string): Message | null {
  const told = JSON.parse(text) as { type?: unknown };
  return TYPES.includes(String(told.type)) ? (told as Message) : null;
}

/** Return the first message of the client. A microphone is one channel, so it has the first name alone. */
export function hello(sampleRate: number, choice: Choice): string {
  return JSON.stringify({
    type: "hello",
    sample_rate: sampleRate,
    format: "f32le",
    channels: 1,
    name: "microphone",
    ...(choice.model && { model: choice.model }),
    ...(choice.labels && { labels: choice.labels }),
    ...(choice.window !== null && { window: choice.window }),
    ...(choice.hop !== null && { hop: choice.hop }),
    ...(choice.names[0] && { names: [choice.names[0]] }),
  });
}

/** Return samples as bytes, the lowest first whatever the machine's own order is. */
export function f32le(samples: Float32Array): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(4 * samples.length));
  samples.forEach((sample, at) => view.setFloat32(4 * at, sample, true));
  return view.buffer;
}
