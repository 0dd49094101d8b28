/** What was heard live, gathered into a timeline like that of a file. */

import type { Segment, Timeline, WindowScores } from "../contract.ts";
import type { Message, Ready, Step } from "./protocol.ts";

export class LiveTrack {
  readonly segments: Segment[] = [];
  heard = 0;
  newest: Step | null = null;
  private readonly steps: Step[] = [];

  constructor(private readonly ready: Ready) {}

  take(message: Message): void {
    if (message.type === "step") {
      this.newest = message;
      this.steps.push(message);
    } else if (message.type === "segment") {
      const { type: _, ...segment } = message;
      this.segments.push(segment);
    }
    if (message.type === "heard" || message.type === "end") this.heard = message.seconds;
  }

  /** How long nobody has spoken. */
  get silence(): number {
    return this.newest === null ? this.heard : Math.max(0, this.heard - this.newest.end);
  }

  /**
   * After how long without speech the newest step is no longer that of now. It was told when its window had ended,
   * and the next one comes a hop later.
   */
  get patience(): number {
    const { window_seconds: length, hop_seconds: hop } = this.ready;
    return (length - hop) / 2 + hop + 0.5;
  }

  /** Return all of it, named as a file. `seconds` is how long the kept sound is. */
  timeline(file: string, seconds: number): Timeline {
    const segments = this.segments.map((segment) => ({ ...segment, file }));
    const last = Math.max(0, ...segments.map((one) => one.end), ...this.steps.map((one) => one.end));
    const duration = Math.max(seconds, this.heard, last);
    const speaker = [...this.segments, ...this.steps][0]?.speaker ?? null;
    return {
      file,
      duration_seconds: duration,
      window_seconds: this.ready.window_seconds,
      hop_seconds: this.ready.hop_seconds,
      model: this.ready.model,
      adapted: [...this.segments, ...this.steps].some((one) => one.adapted),
      channels: [0],
      speakers: [speaker],
      segments,
      windows: [this.windows(duration)],
      warnings: [],
    };
  }

  /** Steps stand at multiples of the hop, each in the middle of its window; a message tells what is spoken of it. */
  private windows(duration: number): WindowScores {
    const { labels, window_seconds: length, hop_seconds: hop } = this.ready;
    const steps = this.steps.filter((step) => step.label !== null);
    const places = steps.map((step) => Math.floor((step.start + step.end) / 2 / hop) * hop);
    const before = places.map((start) => start - (length - hop) / 2);
    return {
      channel: 0,
      labels,
      start: before.map((start) => Math.max(0, start)),
      end: before.map((start) => Math.min(duration, start + length)),
      step_start: places,
      speech_seconds: steps.map((step) => step.speech_seconds ?? 0),
      scores: steps.map((step) => labels.map((label) => step.scores[label] ?? 0)),
    };
  }
}
