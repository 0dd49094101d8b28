/** Whether recordings stay in this browser, which it remembers. */

import { type Place, Remembered } from "../remembered.ts";

/** The switch of one page. */
export class Stay {
  private readonly kept: Remembered;

  constructor(place: Place = () => localStorage) {
    this.kept = new Remembered("affectone.stay", place);
  }

  /** Whether recordings stay here. */
  readonly here = (): boolean => this.kept.get() === "on";

  switchTo(on: boolean): void {
    this.kept.set(on ? "on" : null);
  }
}
