/** What the page needs of a model's card: all numbers and names of an answer come from it. */

export interface Card {
  schema_version: number;
  name: string;
  version: string;
  /** In the order of the logits. */
  labels: string[];
  voices: string[];
  degrees: string[];
  sample_rate: number;
  input: string;
  window_seconds: number;
  min_seconds: number;
  sha256: string;
  calibration: Calibration;
  /** Of a model that tells its states; null of one that does not. */
  adaptation: object | null;
}

export interface Calibration {
  temperature: number;
  voice_temperature: number;
  threshold: number;
  novelty: number | null;
}

/** The only rate that the models and the network of speech know, in Hz. */
export const RATE = 16_000;

/** Return a card, or complain of one that this page cannot follow. */
export function checkedCard(card: Card): Card {
  const title = `${card.name}@${card.version}`;
  if (card.schema_version !== 1)
    throw new Error(`model ${title}: its card is of another kind; reload the page`);
  if (card.input !== "waveform")
    throw new Error(`model ${title} wants ${card.input}, which a browser cannot measure`);
  if (card.sample_rate !== RATE) throw new Error(`model ${title} wants sound at ${card.sample_rate} Hz`);
  return card;
}

/** Convert a time to samples, rounding half up. */
export function samplesIn(seconds: number, rate = RATE): number {
  return Math.floor(seconds * rate + 0.5);
}
