/** Whether recordings stay in this browser, which it remembers. */

const NAME = "affectone.stay";

export function stays(store: Storage = localStorage): boolean {
  return store.getItem(NAME) === "on";
}

export function setStays(on: boolean, store: Storage = localStorage): void {
  if (on) store.setItem(NAME, "on");
  else store.removeItem(NAME);
}
