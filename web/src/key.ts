/** The key of the service, kept by the browser for this tab alone and only until it is closed. */

import { type Place, Remembered } from "./remembered.ts";

export class Key {
  private readonly kept: Remembered;

  constructor(place: Place = () => sessionStorage) {
    this.kept = new Remembered("affectone.key", place);
  }

  readonly value = (): string | null => this.kept.get();

  keep(key: string): void {
    this.kept.set(key || null);
  }
}
