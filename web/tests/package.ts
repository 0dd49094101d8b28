/** What the package wrote; see fixtures/make_fixtures.py. */

import { readFileSync } from "node:fs";

import type { Timeline } from "../src/contract.ts";

export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf-8");
}

export const timeline = JSON.parse(fixture("timeline.json")) as Timeline;

export const written = JSON.parse(fixture("numbers.json")) as {
  floats: Record<string, string>;
  clocks: Record<string, string>;
  percents: Record<string, string>;
  colours: Record<string, [string, string, string]>;
  look: Record<string, string>;
};
