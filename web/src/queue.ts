/** Work done one piece after the other: a page has one server, and the next file waits for the last. */

export class Queue {
  private last: Promise<unknown> = Promise.resolve();

  /** Run a task after those before it, unless it was cancelled while it waited. */
  add<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const run = this.last.then(() => {
      signal.throwIfAborted();
      return task();
    });
    this.last = run.catch(() => undefined);
    return run;
  }
}
