/** Sound of the microphone as a WAV file: 16 bits, one channel. */

const HEADER = 44;
/** Samples that are joined to one piece; a browser may move pieces out of memory. */
const PIECE = 2 ** 19;

export class Recorded {
  private readonly pieces: Blob[] = [];
  private open: Int16Array<ArrayBuffer>[] = [];
  private waiting = 0;
  private samples = 0;

  constructor(readonly sampleRate: number) {}

  get seconds(): number {
    return this.samples / this.sampleRate;
  }

  add(block: Float32Array): void {
    this.open.push(Int16Array.from(block, quantised));
    this.samples += block.length;
    this.waiting += block.length;
    if (this.waiting >= PIECE) this.close();
  }

  wav(): Blob {
    this.close();
    return new Blob([header(this.sampleRate, this.samples), ...this.pieces], { type: "audio/wav" });
  }

  private close(): void {
    if (this.open.length) this.pieces.push(new Blob(this.open));
    this.open = [];
    this.waiting = 0;
  }
}

function quantised(sample: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
}

function header(rate: number, samples: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(HEADER));
  const word = (at: number, letters: string): void =>
    [...letters].forEach((one, i) => view.setUint8(at + i, one.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, HEADER - 8 + 2 * samples, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, 2 * samples, true);
  return view.buffer;
}
