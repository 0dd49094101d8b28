/** What was analysed in this tab. It is in memory alone and gone when the tab is closed. */

import type { Prediction, Timeline } from "./contract.ts";
import type { Choice } from "./options.ts";

export interface Entry {
  id: number;
  name: string;
  when: Date;
  predictions: Prediction[];
  /** Null of a recording that stayed in this browser. */
  timeline: Timeline | null;
  sound: Blob;
  /** With what it was asked for, so that more can be asked the same way. */
  choice: Choice;
  /** Whether the answer on the whole of it is being asked for. */
  asking?: boolean;
}

/** Return how long a recording is. */
export function secondsOf({ timeline, predictions }: Pick<Entry, "timeline" | "predictions">): number {
  return timeline?.duration_seconds ?? predictions[0]?.duration_seconds ?? 0;
}

export class History {
  private readonly kept: Entry[] = [];
  private current: Entry | null = null;
  private next = 1;

  /** @param changed is called when an entry has come or is shown; and by who changes one */
  constructor(readonly changed: () => void) {}

  /** Newest first. */
  get entries(): readonly Entry[] {
    return this.kept;
  }

  get shown(): Entry | null {
    return this.current;
  }

  add(entry: Omit<Entry, "id">): Entry {
    const added = { ...entry, id: this.next++ };
    this.kept.unshift(added);
    this.changed();
    return added;
  }

  show(id: number): Entry | null {
    this.current = this.kept.find((entry) => entry.id === id) ?? null;
    this.changed();
    return this.current;
  }
}
