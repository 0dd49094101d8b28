/** A live connection: from the first message to the last, and every way in which it can end. */

import { f32le, type Message, parse, type Ready } from "./protocol.ts";

/** How a connection ended. `refused`: it was never opened, and a browser is not told why. */
export type End =
  | { kind: "finished" }
  | { kind: "refused" }
  | { kind: "error"; words: string }
  | { kind: "lost"; words: string };

export interface Handlers {
  ready(message: Ready): void;
  told(message: Message): void;
  ended(end: End): void;
}

/** The part of a WebSocket that is used. */
export interface Socket {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: string | ArrayBuffer): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent<string>) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

/** As much sound may wait to be sent as half a minute at 48 kHz has. */
const MOST_WAITING = 30 * 48_000 * 4;
const LAST_WORDS_MS = 30_000;

export class Connection {
  private opened = false;
  private done = false;
  private ending = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly socket: Socket,
    hello: string,
    private readonly handlers: Handlers,
  ) {
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.opened = true;
      socket.send(hello);
    };
    socket.onmessage = (event) => this.take(event.data);
    socket.onclose = (event) => this.closed(event);
  }

  /** Send a block of sound. */
  push(samples: Float32Array): void {
    if (this.done || this.ending) return;
    if (this.socket.bufferedAmount > MOST_WAITING) {
      this.finish({ kind: "lost", words: "The connection is too slow for live sound." });
      return;
    }
    this.socket.send(f32le(samples));
  }

  /** Say that no more sound comes; what the server still has to say comes before the end. */
  end(): void {
    if (this.done || this.ending) return;
    this.ending = true;
    if (!this.opened) {
      this.finish({ kind: "finished" });
      return;
    }
    this.socket.send(JSON.stringify({ type: "end" }));
    const words = "The server did not say the last of it.";
    this.timer = setTimeout(() => this.finish({ kind: "lost", words }), LAST_WORDS_MS);
  }

  private take(text: string): void {
    if (this.done) return;
    const message = parse(text);
    if (message === null) return;
    if (message.type === "ready") this.handlers.ready(message);
    else if (message.type === "error") this.finish({ kind: "error", words: message.detail || message.title });
    else {
      this.handlers.told(message);
      if (message.type === "end") this.finish({ kind: "finished" });
    }
  }

  private closed(event: CloseEvent): void {
    if (!this.opened) this.finish({ kind: "refused" });
    else this.finish({ kind: "lost", words: lost(event) });
  }

  private finish(end: End): void {
    if (this.done) return;
    this.done = true;
    clearTimeout(this.timer);
    this.socket.close();
    this.handlers.ended(end);
  }
}

function lost(event: CloseEvent): string {
  if (event.code === 1012) return "The server is shutting down.";
  return event.reason ? `The connection ended: ${event.reason}` : `The connection was lost (${event.code}).`;
}
