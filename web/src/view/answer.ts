/** What a recording, or one of its channels, sounds like as a whole. */

import type { Answer, Prediction } from "../contract.ts";
import { percent } from "../numbers.ts";
import { colourOf, inkOn } from "../theme.ts";
import { channelName, doubt } from "../words.ts";
import { Bars } from "./bars.ts";
import { type Child, h } from "./dom.ts";

export function answerCard(prediction: Prediction, speaker: string | null, number: number): HTMLElement {
  const name = channelName(prediction.channel, speaker);
  return h(
    "article",
    {
      class: "card answer",
      id: `answer-${number}`,
      "data-channel": prediction.channel,
      "aria-label": `answer: ${name}`,
    },
    h("h4", {}, name),
    badge(prediction),
    prediction.label !== null && h("p", { class: "facts" }, ...factsOf(prediction)),
    Object.keys(prediction.scores).length > 0 && bars(prediction),
  );
}

/** The answer itself, large; muted and hatched where it is unsure. */
export function badge(answer: Pick<Answer, "label" | "confidence" | "unsure" | "reason">): HTMLElement {
  const { label, confidence } = answer;
  if (label === null || confidence === null) {
    return h(
      "p",
      { class: "badge none", "data-label": "", "data-unsure": "true" },
      answer.reason ?? "no speech",
    );
  }
  const words = doubt(answer);
  const colour = colourOf(label);
  return h(
    "p",
    {
      class: words ? "badge unsure" : "badge",
      "data-label": label,
      "data-unsure": String(answer.unsure),
      style: words
        ? `--colour: ${colour}`
        : `--colour: ${colour}; background: ${colour}; color: ${inkOn(colour)}`,
    },
    h("strong", {}, label),
    ` ${percent(confidence)}`,
    words && h("span", { class: "doubt" }, words),
  );
}

function factsOf(prediction: Prediction): Child[] {
  const { voice, speech_seconds: speech, duration_seconds: duration } = prediction;
  const told: [string, string | null][] = [
    ["confidence", prediction.confidence === null ? null : percent(prediction.confidence)],
    ["voice", voice && mostOf(voice)],
    ["intensity", degree(prediction.intensity)],
    ["agreement of listeners", degree(prediction.agreement)],
    [
      "speech",
      speech === null
        ? null
        : `${speech.toFixed(1)} s${duration === null ? "" : ` of ${duration.toFixed(1)} s`}`,
    ],
    ["model", prediction.model && prediction.model + (prediction.adapted ? ", adapted" : "")],
  ];
  return told
    .filter(([, value]) => value !== null)
    .map(([word, value]) => h("span", {}, `${word}: ${value}`));
}

function mostOf(voice: Record<string, number>): string | null {
  const [best] = Object.entries(voice).sort((a, b) => b[1] - a[1]);
  return best ? `${best[0]} ${percent(best[1])}` : null;
}

function degree(value: number | null): string | null {
  return value === null ? null : percent(value);
}

function bars(prediction: Prediction): HTMLElement {
  const made = new Bars(Object.keys(prediction.scores));
  made.set(prediction.scores, prediction.label);
  return made.element;
}
