/** What several tests are given. */

import type { Choice } from "../src/options.ts";

export const choice: Choice = {
  model: "",
  labels: "",
  channels: "split",
  names: [],
  window: null,
  hop: null,
  adapt: false,
};

/** Return a storage whose content can be looked at. */
export function storageOf(kept: Map<string, string>): Storage {
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  } as unknown as Storage;
}
