/** Runs beside the page, which therefore stays responsive: opens models and judges recordings, one at a time. */

import binaryUrl from "virtual:runtime";

import { judged } from "./judge.ts";
import type { Asked, Told } from "./messages.ts";
import { begin, Model, Silero } from "./runtime.ts";
import { sha256, unpacked } from "./bytes.ts";

let silero: Silero | null = null;
let model: Model | null = null;

async function open(asked: Asked & { kind: "open" }): Promise<Told> {
  const { card, network, speech } = asked;
  const found = await sha256(network);
  if (found !== null && found !== card.sha256)
    throw new Error(`model ${card.name} is not the one its card describes; reload the page`);
  if (!silero) {
    const answer = await fetch(binaryUrl);
    if (!answer.ok) throw new Error(`The server has no runtime for models (${answer.status}).`);
    begin(await unpacked(await answer.arrayBuffer()));
  }
  if (speech) silero = await Silero.open(speech);
  const before = model;
  model = null;
  await before?.close(); // Two models at once would take memory for both.
  model = await Model.open(network, card);
  return { kind: "opened" };
}

async function judge(asked: Asked & { kind: "judge" }): Promise<Told> {
  if (!silero || !model) throw new Error("no model is open");
  const [speech, judging] = [silero, model];
  const networks = {
    speech: () => speech.begin(),
    scores: (samples: Float32Array) => judging.scores(samples),
  };
  const tell = (share: number): void => self.postMessage({ kind: "progress", share } satisfies Told);
  return {
    kind: "judged",
    predictions: await judged(asked.recording, asked.split, judging.card, networks, tell),
  };
}

self.onmessage = async ({ data }: MessageEvent<Asked>): Promise<void> => {
  let told: Told;
  try {
    told = await (data.kind === "open" ? open(data) : judge(data));
  } catch (error) {
    told = { kind: "failed", words: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(told);
};
