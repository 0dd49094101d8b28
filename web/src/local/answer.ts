/** From what was heard to the answer: label, confidence, and whether to rely on it, as `recognition/answer.py`. */

import type { Prediction } from "../contract.ts";
import { type Card, RATE } from "./card.ts";
import type { Verdict } from "./verdict.ts";

/** What is known of a recording before anybody is heard in it. */
export interface Known {
  file: string;
  /** Null where all channels were mixed. */
  channel: number | null;
  durationSeconds: number;
  warnings: string[];
}

/** Return the answer, with the fields and the words of the service's. */
export function answered(known: Known, card: Card, verdict: Verdict | null): Prediction {
  const nothing = unheard(known, card);
  if (!verdict) return nothing;
  const best = verdict.emotions.indexOf(Math.max(...verdict.emotions));
  const confidence = verdict.emotions[best]!;
  const speech = verdict.speechSamples / RATE;
  const reason = doubtOf(card, speech, verdict.novelty, confidence);
  const padded = `${speech.toFixed(2)} s of speech padded to ${card.min_seconds.toFixed(2)} s`;
  return {
    ...nothing,
    label: card.labels[best]!,
    confidence,
    scores: named(card.labels, verdict.emotions),
    unsure: reason !== null,
    reason,
    voice: named(card.voices, verdict.voices),
    ...named(card.degrees, verdict.degrees),
    speech_seconds: speech,
    warnings: reason === TOO_SHORT ? [...known.warnings, padded] : known.warnings,
  };
}

const TOO_SHORT = "too short";

function unheard(known: Known, card: Card): Prediction {
  return {
    file: known.file,
    channel: known.channel,
    label: null,
    confidence: null,
    scores: {},
    unsure: true,
    reason: "no speech",
    voice: null,
    intensity: null,
    agreement: null,
    speech_seconds: 0,
    duration_seconds: known.durationSeconds,
    model: `${card.name}@${card.version}`,
    adapted: false,
    warnings: known.warnings,
    error: null,
  };
}

function doubtOf(card: Card, speech: number, novelty: number, confidence: number): string | null {
  const { novelty: most, threshold } = card.calibration;
  if (speech < card.min_seconds) return TOO_SHORT;
  if (most !== null && novelty > most) return "unlike the training data";
  return confidence < threshold ? "low confidence" : null;
}

function named(names: readonly string[], values: readonly number[]): Record<string, number> {
  return Object.fromEntries(names.map((name, place) => [name, values[place]!]));
}
