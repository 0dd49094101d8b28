/** What a model hears in one window, calibrated, and in several together: `recognition/hearing.py`. */

import type { Card } from "./card.ts";

/** What the network says of one window. */
export interface RawScores {
  emotionLogits: Float32Array;
  voiceLogits: Float32Array;
  /** In the order of the card's degrees. */
  degreeLogits: Float32Array;
  /** Standardised; none of a model that does not tell them. */
  states: Float32Array;
}

export interface Verdict {
  emotions: number[];
  voices: number[];
  degrees: number[];
  /** Mean square of the states, 1 for what the model learned from; NaN of a model without. */
  novelty: number;
  speechSamples: number;
}

/** Return what was heard in one window. */
export function heardIn(raw: RawScores, card: Card, speechSamples: number): Verdict {
  const { temperature, voice_temperature: voiceTemperature } = card.calibration;
  return {
    emotions: softmax(raw.emotionLogits, temperature),
    voices: softmax(raw.voiceLogits, voiceTemperature),
    degrees: Array.from(raw.degreeLogits, (logit) => 1 / (1 + Math.exp(-logit))),
    novelty: raw.states.length ? meanSquare(raw.states) : NaN,
    speechSamples,
  };
}

/** Return the mean of several verdicts, each with as much weight as it holds speech; null of none. */
export function pooled(verdicts: readonly Verdict[]): Verdict | null {
  const [first] = verdicts;
  if (!first) return null;
  const speech = verdicts.reduce((sum, one) => sum + one.speechSamples, 0);
  const mean = (values: (one: Verdict) => readonly number[]): number[] =>
    values(first).map(
      (_, place) => verdicts.reduce((sum, one) => sum + values(one)[place]! * one.speechSamples, 0) / speech,
    );
  return {
    emotions: normalised(mean((one) => one.emotions)),
    voices: normalised(mean((one) => one.voices)),
    degrees: mean((one) => one.degrees),
    novelty: mean((one) => [one.novelty])[0]!,
    speechSamples: speech,
  };
}

/** Return probabilities, which sum to 1. */
export function softmax(logits: ArrayLike<number>, temperature = 1): number[] {
  // In the package the logits are divided as what they are, numbers of 32 bits.
  const values = Array.from(logits, (logit) => Math.fround(logit / Math.fround(temperature)));
  const most = Math.max(...values);
  return normalised(values.map((value) => Math.exp(value - most)));
}

function normalised(values: readonly number[]): number[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length;
}
