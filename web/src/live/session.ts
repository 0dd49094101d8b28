/** One live session: the microphone, the connection, the sound kept here, and what was heard. */

import { type Client, Problem } from "../api.ts";
import type { Choice } from "../options.ts";
import { Connection, type End } from "./connection.ts";
import { type Microphone, openMicrophone } from "./microphone.ts";
import { hello, type Ready } from "./protocol.ts";
import { Recorded } from "./recorded.ts";
import { LiveTrack } from "./timeline.ts";

export interface LiveHandlers {
  ready(message: Ready, track: LiveTrack): void;
  heard(track: LiveTrack): void;
  /** `words` say why, where it ended otherwise than wished; `track` is null where it never began. */
  ended(track: LiveTrack | null, sound: Recorded | null, words: string | null): void;
}

export class LiveSession {
  private track: LiveTrack | null = null;
  private sound: Recorded | null = null;
  private microphone: Microphone | null = null;
  private connection: Connection | null = null;
  private over = false;

  constructor(
    private readonly client: Client,
    private readonly choice: Choice,
    private readonly handlers: LiveHandlers,
  ) {}

  async start(): Promise<void> {
    const gone = (): void => void this.stop();
    const { url, protocols } = this.client.live(); // Where it may not be opened, the microphone is not either.
    this.microphone = await openMicrophone((block) => this.push(block), gone);
    if (this.over) {
      await this.microphone.stop();
      this.handlers.ended(null, null, null); // It was stopped while the browser asked.
      return;
    }
    try {
      this.connection = this.connected(new WebSocket(url, protocols), this.microphone.sampleRate);
    } catch (error) {
      await this.microphone.stop();
      throw error;
    }
  }

  private connected(socket: WebSocket, rate: number): Connection {
    return new Connection(socket, hello(rate, this.choice), {
      ready: (message) => this.begin(message),
      told: (message) => {
        this.track?.take(message);
        if (this.track) this.handlers.heard(this.track);
      },
      ended: (end) => void this.ended(end),
    });
  }

  async stop(): Promise<void> {
    this.over = true;
    await this.microphone?.stop();
    this.connection?.end();
  }

  private begin(message: Ready): void {
    this.track = new LiveTrack(message);
    this.sound = new Recorded(this.microphone!.sampleRate);
    this.handlers.ready(message, this.track);
  }

  /** Keep and send the same samples, so that the times of the answers are those of the kept sound. */
  private push(block: Float32Array): void {
    if (!this.sound) return;
    this.sound.add(block);
    this.connection?.push(block);
  }

  private async ended(end: End): Promise<void> {
    if (!this.over) await this.microphone?.stop();
    this.over = true;
    this.handlers.ended(this.track, this.sound, await this.words(end));
  }

  private async words(end: End): Promise<string | null> {
    if (end.kind === "finished") return null;
    return end.kind === "refused" ? this.whyRefused() : end.words;
  }

  /** A browser is not told why a connection was refused; a plain request with the same key is. */
  private async whyRefused(): Promise<string> {
    try {
      await this.client.models();
    } catch (error) {
      if (error instanceof Problem) return error.message;
    }
    return (
      "The server refused the live connection: too many are open now, " +
      "or it does not allow pages from this address."
    );
  }
}
