/** Whether recordings stay in this browser, which it remembers. */

const NAME = "affectone.stay";

type Place = () => Storage;

/**
 * The switch of one page. It is looked up once: what another tab switches changes nothing that this one shows.
 *
 * @param place gives where it is remembered; a browser that allows no storage throws there
 */
export class Stay {
  private on: boolean | null = null;

  constructor(private readonly place: Place = () => localStorage) {}

  /** Whether recordings stay here. */
  readonly here = (): boolean => (this.on ??= this.remembered());

  switchTo(on: boolean): void {
    this.on = on;
    try {
      if (on) this.place().setItem(NAME, "on");
      else this.place().removeItem(NAME);
    } catch {
      // It holds until the page is left.
    }
  }

  private remembered(): boolean {
    try {
      return this.place().getItem(NAME) === "on";
    } catch {
      return false;
    }
  }
}
