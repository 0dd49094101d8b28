/** What is being analysed: a line a recording, with its progress and a way to stop it. */

import { h } from "./dom.ts";

export class WorkLine {
  readonly element: HTMLElement;
  private readonly words = h("span", { class: "work-words" }, "waits");
  private readonly bar = h("progress", { max: 1 });

  constructor(name: string, cancel: () => void) {
    this.bar.setAttribute("aria-label", `progress of ${name}`);
    const button = h(
      "button",
      { type: "button", class: "cancel", "data-testid": "cancel", onclick: cancel },
      "Cancel",
    );
    button.setAttribute("aria-label", `cancel ${name}`);
    this.element = h(
      "li",
      { "data-testid": "work", "data-name": name },
      h("span", { class: "work-name" }, name),
      this.words,
      this.bar,
      button,
    );
  }

  report(words: string, share: number | null): void {
    this.words.textContent = words;
    if (share === null) this.bar.removeAttribute("value");
    else this.bar.value = share;
  }
}
