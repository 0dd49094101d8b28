/** Probabilities as bars, each with its label and its number in words. */

import { percent } from "../numbers.ts";
import { colourOf } from "../theme.ts";
import { h } from "./dom.ts";

export class Bars {
  readonly element: HTMLElement;
  private readonly rows = new Map<string, { bar: HTMLElement; words: HTMLElement; row: HTMLElement }>();

  constructor(labels: readonly string[]) {
    this.element = h("ul", { class: "bars" });
    for (const label of labels) {
      const bar = h("span", { class: "bar-fill", style: `background: ${colourOf(label)}` });
      const words = h("span", { class: "bar-number" });
      const row = h(
        "li",
        { "data-label": label },
        h("span", { class: "bar-label" }, label),
        h("span", { class: "bar", "aria-hidden": "true" }, bar),
        words,
      );
      this.rows.set(label, { bar, words, row });
      this.element.append(row);
    }
  }

  set(scores: Readonly<Record<string, number>>, best: string | null): void {
    for (const [label, { bar, words, row }] of this.rows) {
      const score = scores[label] ?? 0;
      bar.style.width = `${100 * score}%`;
      words.textContent = percent(score);
      row.classList.toggle("best", label === best);
    }
  }
}
