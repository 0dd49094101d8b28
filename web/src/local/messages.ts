/** What the page and its worker say to each other. */

import type { Prediction } from "../contract.ts";
import type { Card } from "./card.ts";
import type { Recording } from "./judge.ts";

export type Asked =
  | { kind: "open"; card: Card; network: ArrayBuffer; speech: ArrayBuffer | null }
  | { kind: "judge"; recording: Recording; split: boolean };

export type Told =
  | { kind: "opened" }
  | { kind: "progress"; share: number }
  | { kind: "judged"; predictions: Prediction[] }
  | { kind: "failed"; words: string };
