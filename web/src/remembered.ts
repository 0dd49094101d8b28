/** A word that the browser remembers; where it allows no storage, it holds until the page is left. */

export type Place = () => Storage;

/** It is looked up once: what another tab writes changes nothing that this page shows. */
export class Remembered {
  private word: string | null | undefined;

  /** @param place gives where it is remembered; a browser that allows no storage throws there */
  constructor(
    private readonly name: string,
    private readonly place: Place,
  ) {}

  get(): string | null {
    if (this.word === undefined) this.word = this.stored();
    return this.word;
  }

  set(word: string | null): void {
    this.word = word;
    try {
      if (word === null) this.place().removeItem(this.name);
      else this.place().setItem(this.name, word);
    } catch {
      // It holds until the page is left.
    }
  }

  private stored(): string | null {
    try {
      return this.place().getItem(this.name);
    } catch {
      return null;
    }
  }
}
