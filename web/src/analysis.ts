/** One recording from the user's hands to its answers: directly, or as a job where it is too large for that. */

import { type Client, Problem, type Sound } from "./api.ts";
import type { Job, Prediction, Service, Timeline } from "./contract.ts";
import { bytesText, wholeClock } from "./numbers.ts";
import { type Choice, query } from "./options.ts";

export interface Analysis {
  /** One for each channel that was judged; none of a long recording until they are asked for. */
  predictions: Prediction[];
  /** Null of a recording that stayed in this browser. */
  timeline: Timeline | null;
}

/** What is being done, and how far it is; null where that is not known. */
export type Report = (words: string, share: number | null) => void;

type Task = "predict" | "timeline";

const TRIES = 4;
const BUSY = [429, 503];
/** A connection that was lost for a moment, or a proxy whose server starts anew. */
const GONE = [0, 502, 504];
/** One second, then two, and so on: over a minute. */
const TRIES_GONE = 12;
const LONGEST_WAIT = 30;

export class Analyser {
  constructor(
    private readonly client: Client,
    private readonly service: () => Promise<Service>,
    private readonly wait: (seconds: number, signal: AbortSignal) => Promise<void> = pause,
  ) {}

  async analyse(sound: Sound, choice: Choice, report: Report, signal: AbortSignal): Promise<Analysis> {
    const { limits } = await this.service();
    // A server that refuses a large upload cuts it off, and a browser then sees no answer: so it is not begun.
    if (sound.data.size <= limits.max_bytes) {
      try {
        return await this.directly(sound, choice, report, signal);
      } catch (error) {
        if (!(error instanceof Problem && error.status === 413)) throw error;
      }
    }
    report("too long for a direct answer: sending it as a job", null);
    return { predictions: [], timeline: await this.byJob("timeline", sound, choice, report, signal) };
  }

  /** Return the answer for a whole recording, however long it is. */
  async overall(sound: Sound, choice: Choice, report: Report, signal: AbortSignal): Promise<Prediction[]> {
    const { limits } = await this.service();
    if (sound.data.size <= limits.max_bytes) {
      try {
        return await this.patient(
          () => this.client.predict(sound, query("predict", choice), signal),
          report,
          signal,
        );
      } catch (error) {
        if (!(error instanceof Problem && error.status === 413)) throw error;
      }
    }
    return this.byJob("predict", sound, choice, report, signal);
  }

  private async directly(
    sound: Sound,
    choice: Choice,
    report: Report,
    signal: AbortSignal,
  ): Promise<Analysis> {
    report("asking what it sounds like as a whole", null);
    const asked = query("predict", choice);
    const predictions = await this.patient(() => this.client.predict(sound, asked, signal), report, signal);
    report("asking what it sounds like when", null);
    const over = query("timeline", choice);
    const timeline = await this.patient(() => this.client.timeline(sound, over, signal), report, signal);
    return { predictions, timeline };
  }

  private async byJob<T extends Prediction[] | Timeline>(
    task: Task,
    sound: Sound,
    choice: Choice,
    report: Report,
    signal: AbortSignal,
  ): Promise<T> {
    const { jobs, limits } = await this.service();
    const size = bytesText(sound.data.size);
    if (!jobs)
      throw new Problem(413, `${sound.name}: is too large (${size}), and this server takes no jobs.`);
    if (sound.data.size > limits.max_job_bytes) {
      const most = bytesText(limits.max_job_bytes);
      throw new Problem(413, `${sound.name}: has ${size}; this server takes ${most} at most.`);
    }
    const asked = query(task, choice);
    const { id } = await this.patient(() => this.client.startJob(task, sound, asked, signal), report, signal);
    try {
      await this.finished(id, report, signal);
      return await this.patient(() => this.client.result<T>(id, signal), report, signal, GONE);
    } catch (error) {
      if (signal.aborted) await this.client.cancelJob(id).catch(() => undefined);
      throw error;
    } finally {
      // The server keeps the answer of a job until it is deleted, and its sound if it has not ended.
      await this.client.deleteJob(id).catch(() => undefined);
    }
  }

  private async finished(id: string, report: Report, signal: AbortSignal): Promise<void> {
    for (let asked = 0; ; asked++) {
      const job = await this.patient(() => this.client.job(id, signal), report, signal, GONE);
      if (job.status === "done") return;
      if (job.status === "failed") throw new Problem(422, job.error ?? "The job failed.");
      if (job.status === "cancelled") throw new Problem(409, "The job was cancelled on the server.");
      report(jobTold(job), job.status === "running" ? job.progress : null);
      await this.wait(asked < 10 ? 0.5 : 2, signal);
    }
  }

  /**
   * Ask again, a few times, where the server says that it has too much to do now.
   *
   * @param gone what else a question that changes nothing is asked again after, and for longer
   */
  private async patient<T>(
    ask: () => Promise<T>,
    report: Report,
    signal: AbortSignal,
    gone: readonly number[] = [],
  ): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const away = gone.includes(error.status);
        const tries = away ? TRIES_GONE : BUSY.includes(error.status) ? TRIES : 1;
        if (tried === tries) throw error;
        const seconds = Math.min(error.retryAfter ?? (away ? tried : 2), LONGEST_WAIT);
        const why = away ? "the server does not answer" : "the server has much to do";
        report(`${why}; trying again in ${seconds} s`, null);
        await this.wait(seconds, signal);
      }
    }
  }
}

function jobTold(job: Job): string {
  if (job.status === "queued") return "waits its turn on the server";
  const total = job.seconds_total === null ? "" : ` of ${wholeClock(job.seconds_total)}`;
  return `heard ${wholeClock(job.seconds_heard)}${total}`;
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    const timer = setTimeout(done, 1000 * seconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        failed(signal.reason);
      },
      { once: true },
    );
  });
}
