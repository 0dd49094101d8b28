/** The key of the service, kept by the browser for this tab alone and only until it is closed. */

const NAME = "affectone.key";

type Place = () => Storage;

/**
 * The key of one page.
 *
 * @param place gives where it is kept; a browser that allows no storage throws there
 */
export class Key {
  private known: string | null = null;
  private looked = false;

  constructor(private readonly place: Place = () => sessionStorage) {}

  readonly value = (): string | null => {
    if (!this.looked) this.known = this.kept();
    this.looked = true;
    return this.known;
  };

  keep(key: string): void {
    this.known = key || null;
    this.looked = true;
    try {
      if (key) this.place().setItem(NAME, key);
      else this.place().removeItem(NAME);
    } catch {
      // It holds until the page is left.
    }
  }

  private kept(): string | null {
    try {
      return this.place().getItem(NAME);
    } catch {
      return null;
    }
  }
}
