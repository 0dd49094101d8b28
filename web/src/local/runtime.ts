/** Models run by onnxruntime-web, in WebAssembly: the one file that knows it. */

import * as ort from "onnxruntime-web/wasm";

import type { Card } from "./card.ts";
import type { SpeechNetwork } from "./detector.ts";
import { FRAME } from "./regions.ts";
import type { RawScores } from "./verdict.ts";

/** Names of the degrees in the order in which every network answers with them. */
const DEGREES = ["intensity", "agreement"];

/** Samples before each frame that the network of speech sees as well. */
const CONTEXT = 64;
const STATE = 128;

/** As the package opens a model; without the second a model's 8-bit weights would be multiplied out at every run. */
const OPTIONS: ort.InferenceSession.SessionOptions = {
  executionProviders: ["wasm"],
  logSeverityLevel: 3,
  extra: { session: { disable_quant_qdq: "1" } },
};

/** Make the runtime ready; once, before anything is opened. */
export function begin(binary: ArrayBuffer): void {
  // More threads share memory, which browsers allow only to pages that are isolated from all others.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = binary;
}

/** A loaded model. */
export class Model {
  private constructor(
    private readonly session: ort.InferenceSession,
    readonly card: Card,
  ) {}

  static async open(network: ArrayBuffer, card: Card): Promise<Model> {
    return new Model(await open(network), card);
  }

  async scores(samples: Float32Array): Promise<RawScores> {
    const { degrees, adaptation } = this.card;
    const asked = ["emotion_logits", "voice_logits"];
    if (degrees.length) asked.push("degree_logits");
    if (adaptation) asked.push("states");
    const found = await this.session.run(
      { waveform: new ort.Tensor("float32", samples, [1, samples.length]) },
      asked,
    );
    const all = degrees.length ? numbers(found, "degree_logits") : new Float32Array();
    return {
      emotionLogits: checked(numbers(found, "emotion_logits"), this.card.labels),
      voiceLogits: checked(numbers(found, "voice_logits"), this.card.voices),
      degreeLogits: Float32Array.from(degrees, (name) => all[DEGREES.indexOf(name)]!),
      states: adaptation ? numbers(found, "states") : new Float32Array(),
    };
  }

  close(): Promise<void> {
    return this.session.release();
  }
}

/** Silero's network, loaded. */
export class Silero {
  private constructor(private readonly session: ort.InferenceSession) {}

  static async open(network: ArrayBuffer): Promise<Silero> {
    return new Silero(await open(network));
  }

  /** Return the network as it is before any sound. */
  begin(): SpeechNetwork {
    const { session } = this;
    let h: ort.Tensor = new ort.Tensor("float32", new Float32Array(STATE), [1, 1, STATE]);
    let c: ort.Tensor = new ort.Tensor("float32", new Float32Array(STATE), [1, 1, STATE]);
    let context = new Float32Array(CONTEXT);
    return {
      async probabilities(samples) {
        const frames = samples.length / FRAME;
        if (!frames) return new Float32Array();
        const stream = new Float32Array(CONTEXT + samples.length);
        stream.set(context);
        stream.set(samples, CONTEXT);
        const rows = new Float32Array(frames * (CONTEXT + FRAME));
        for (let frame = 0; frame < frames; frame++) {
          const row = stream.subarray(frame * FRAME, (frame + 1) * FRAME + CONTEXT);
          rows.set(row, frame * (CONTEXT + FRAME));
        }
        const input = new ort.Tensor("float32", rows, [frames, CONTEXT + FRAME]);
        const found = await session.run({ input, h, c }, ["speech_probs", "hn", "cn"]);
        [h, c] = [found["hn"]!, found["cn"]!];
        context = stream.slice(-CONTEXT);
        return numbers(found, "speech_probs");
      },
    };
  }
}

async function open(network: ArrayBuffer): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(network, OPTIONS);
}

function numbers(found: ort.InferenceSession.OnnxValueMapType, name: string): Float32Array {
  return found[name]!.data as Float32Array;
}

function checked(logits: Float32Array, names: readonly string[]): Float32Array {
  if (logits.length !== names.length || !logits.every(Number.isFinite))
    throw new Error("The model answers with other numbers than its card says; reload the page.");
  return logits;
}
