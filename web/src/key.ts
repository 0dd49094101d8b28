/** The key of the service, kept by the browser for this tab alone and only until it is closed. */

const NAME = "affectone.key";

export function storedKey(store: Storage = sessionStorage): string | null {
  return store.getItem(NAME);
}

export function storeKey(key: string, store: Storage = sessionStorage): void {
  if (key) store.setItem(NAME, key);
  else store.removeItem(NAME);
}
