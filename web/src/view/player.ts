/** Plays a recording and draws its waveform; its spectrogram when that is asked for. */

import WaveSurfer from "wavesurfer.js";

import type { Peaks } from "../exports/picture.ts";
import { mixed } from "../mixed.ts";
import { cssColour, h } from "./dom.ts";

/** A larger one is played without a waveform: to draw it, a browser would hold all its samples. */
const MOST_DRAWN = 128 * 2 ** 20;
const MOST_SECONDS = 2 * 3600;
/** The rate of the models: the spectrogram shows what they hear. */
const RATE = 16_000;
const PEAKS = 1200;
/** Seconds within which two times are one. */
const SAME = 0.01;

export interface PlayerHandlers {
  time(seconds: number): void;
  /** The browser can neither decode nor play this format. */
  silent(): void;
  drawn(): void;
}

export class Player {
  readonly audio: HTMLAudioElement;
  private surfer: WaveSurfer | null = null;
  private url: string | null = null;
  private readonly scheme = matchMedia("(prefers-color-scheme: dark)");
  private begin = 0;
  private until: number | null = null;
  private frame = 0;
  private gone = false;

  constructor(
    sound: Blob,
    duration: number,
    private readonly channels: number,
    private readonly container: HTMLElement,
    private readonly handlers: PlayerHandlers,
  ) {
    this.audio = h("audio", { controls: true, preload: "metadata", id: "audio" });
    this.audio.addEventListener("error", () => this.fail());
    this.audio.addEventListener("timeupdate", () => this.moved());
    this.audio.addEventListener("seeking", () => this.sought());
    this.audio.addEventListener("pause", () => this.paused());
    this.audio.addEventListener("play", () => this.follow());
    if (sound.size <= MOST_DRAWN && duration <= MOST_SECONDS) void this.draw(sound);
    else this.audio.src = this.url = URL.createObjectURL(sound);
  }

  /** Play from one time to another, or to the end. */
  play(start: number, end: number | null = null): void {
    this.audio.currentTime = start;
    this.begin = this.audio.currentTime; // As the element rounds it.
    this.until = end;
    void this.audio.play().catch(() => undefined); // Without sound the note about that is already there.
  }

  seek(time: number): void {
    this.until = null;
    this.audio.currentTime = time;
  }

  /** Lowest and highest samples of the channels, or none where they are not known. */
  peaks(): Peaks[] {
    if (!this.surfer?.getDecodedData()) return [];
    return this.surfer.exportPeaks({ channels: this.channels, maxLength: PEAKS });
  }

  async showSpectrogram(container: HTMLElement): Promise<void> {
    const { default: Spectrogram } = await import("wavesurfer.js/plugins/spectrogram");
    if (this.gone || !this.surfer) return;
    const plugin = Spectrogram.create({
      container,
      scale: "mel",
      height: 160,
      labels: true,
      labelsBackground: "#0009",
      fftSamples: 512,
      splitChannels: this.channels > 1,
      useWebWorker: true,
    });
    this.surfer.registerPlugin(plugin);
  }

  get hasWaveform(): boolean {
    return Boolean(this.surfer?.getDecodedData());
  }

  destroy(): void {
    this.gone = true;
    cancelAnimationFrame(this.frame);
    this.scheme.removeEventListener("change", this.recolour);
    this.audio.pause();
    this.surfer?.destroy();
    this.audio.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
  }

  private async draw(sound: Blob): Promise<void> {
    const several =
      this.channels > 1
        ? { splitChannels: Array.from({ length: this.channels }, () => ({ height: 48 })) }
        : {};
    try {
      // `media` has no address yet: wavesurfer would fetch it, and the page's policy allows the server's alone.
      const surfer = WaveSurfer.create({
        container: this.container,
        media: this.audio,
        height: 64,
        sampleRate: RATE,
        normalize: true,
        cursorWidth: 2,
        ...this.colours(),
        ...several,
      });
      this.surfer = surfer;
      this.scheme.addEventListener("change", this.recolour);
      await surfer.loadBlob(sound);
      if (this.gone) return;
      this.mix(surfer);
      this.handlers.drawn();
    } catch {
      if (!this.gone) this.fail();
    }
  }

  /** Show the mean of all channels where the models heard it; wavesurfer would show the first one. */
  private mix(surfer: WaveSurfer): void {
    const decoded = surfer.getDecodedData();
    if (!decoded || this.channels > 1 || decoded.numberOfChannels < 2) return;
    const all = Array.from({ length: decoded.numberOfChannels }, (_, one) => decoded.getChannelData(one));
    surfer.setOptions({ peaks: [mixed(all)], duration: decoded.duration });
  }

  private colours(): { waveColor: string; progressColor: string; cursorColor: string } {
    return {
      waveColor: cssColour("--sound"),
      progressColor: cssColour("--played"),
      cursorColor: cssColour("--mark"),
    };
  }

  private readonly recolour = (): void => this.surfer?.setOptions(this.colours());

  private fail(): void {
    // What cannot be decoded may still be played, and the element says so itself.
    if (!this.gone && this.audio.error !== null) this.handlers.silent();
  }

  /** Report the time at each frame while it plays; "timeupdate" alone comes four times a second. */
  private follow(): void {
    cancelAnimationFrame(this.frame);
    if (this.audio.paused || this.gone) return;
    this.moved();
    this.frame = requestAnimationFrame(() => this.follow());
  }

  /** Somebody who goes elsewhere wants to hear on there. */
  private sought(): void {
    if (Math.abs(this.audio.currentTime - this.begin) > SAME) this.until = null;
    this.moved();
  }

  /** And who goes on after a pause, to hear more than what was left. */
  private paused(): void {
    if (this.audio.paused) this.until = null;
  }

  private moved(): void {
    if (this.gone) return; // The last events come after the next recording is shown.
    const now = this.audio.currentTime;
    if (this.until !== null && now >= this.until) {
      this.audio.pause();
      this.until = null;
    }
    this.handlers.time(now);
  }
}
