/** Runs where the browser makes sound: gathers the microphone's samples to blocks of about a tenth of a second. */

declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

class Gather extends AudioWorkletProcessor {
  private block = new Float32Array(Math.round(sampleRate / 10));
  private filled = 0;
  private open = true;

  constructor() {
    super();
    // The only message there is: send what is left, and stop.
    this.port.onmessage = () => {
      this.open = false;
      this.send();
      this.port.postMessage(null);
    };
  }

  process([channels]: Float32Array[][]): boolean {
    const first = channels?.[0];
    if (!this.open || first === undefined || channels === undefined) return this.open;
    for (let at = 0; at < first.length; at++) {
      let sum = 0;
      for (const channel of channels) sum += channel[at]!;
      this.block[this.filled++] = sum / channels.length;
      if (this.filled === this.block.length) this.send();
    }
    return true;
  }

  private send(): void {
    const full = this.block.slice(0, this.filled);
    this.filled = 0;
    if (full.length) this.port.postMessage(full, [full.buffer]);
  }
}

registerProcessor("gather", Gather);
