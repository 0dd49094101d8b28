/** A recording from the user's hands to its answer, in this browser: nothing is sent. */

import type { Analysis, Report } from "../analysis.ts";
import type { Client, Sound } from "../api.ts";
import type { PackagedModel } from "../contract.ts";
import { bytesText } from "../numbers.ts";
import type { Choice } from "../options.ts";
import { checkedCard, type Card } from "./card.ts";
import type { Decoded } from "./judge.ts";
import type { Asked, Told } from "./messages.ts";
import { decoded } from "./sound.ts";

/** The part of a `Worker` that is used. */
export interface Work {
  postMessage(message: Asked, transfer: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<Told>) => unknown) | null;
  onerror: ((event: ErrorEvent) => unknown) | null;
}

export class LocalRecognizer {
  private work: Work | null = null;
  /** Which model is open in the worker. */
  private opened: string | null = null;

  constructor(
    private readonly client: Pick<Client, "packaged" | "packagedFile">,
    private readonly start: () => Work,
    private readonly decode: (sound: Sound) => Promise<Decoded> = decoded,
  ) {}

  /** Return the models that can be run here, the default first. */
  models(): Promise<PackagedModel[]> {
    return this.client.packaged();
  }

  async analyse(sound: Sound, choice: Choice, report: Report, signal: AbortSignal): Promise<Analysis> {
    report("decoding it in this browser", null);
    const heard = await this.decode(sound);
    signal.throwIfAborted();
    await this.open(choice.model, report, signal);
    report("listening to it in this browser", null);
    const recording = { name: sound.name, ...heard };
    const asked: Asked = { kind: "judge", recording, split: choice.channels === "split" };
    // A channel's samples are a view on the decoder's own memory, which cannot be given away.
    const told = await this.ask(asked, [], signal, (share) =>
      report("listening to it in this browser", share),
    );
    if (told.kind !== "judged") throw new Error("The worker of this page answered something else.");
    return { predictions: told.predictions, timeline: null };
  }

  /** Make a model ready; no name is the default, as it is while the page does not know yet which there are. */
  private async open(chosen: string, report: Report, signal: AbortSignal): Promise<void> {
    if (chosen && this.opened === chosen) return;
    const models = await this.models();
    const model = chosen ? models.find((one) => one.name === chosen) : models[0];
    if (!model) throw new Error(`This server has no model ${chosen} for browsers.`);
    const { name } = model;
    if (this.opened === name) return;
    const words = `fetching the model (${bytesText(model.size_bytes)})`;
    report(words, null);
    const card = await this.client.packagedFile(`${name}/card.json`, signal);
    const speech = this.opened === null ? await this.client.packagedFile("speech.onnx", signal) : null;
    const network = await this.client.packagedFile(`${name}/model.onnx`, signal, (bytes) =>
      report(words, Math.min(1, bytes / model.size_bytes)),
    );
    report("making the model ready in this browser", null);
    this.opened = null; // Until it is: what fails half way leaves no model.
    const read = checkedCard(JSON.parse(new TextDecoder().decode(card)) as Card);
    await this.ask(
      { kind: "open", card: read, network, speech },
      speech ? [network, speech] : [network],
      signal,
    );
    this.opened = name;
  }

  /** Ask the worker and wait; whoever cancels ends it, for nothing else stops what it computes. */
  private ask(
    asked: Asked,
    transfer: Transferable[],
    signal: AbortSignal,
    progress: (share: number) => void = () => undefined,
  ): Promise<Told> {
    signal.throwIfAborted();
    const work = (this.work ??= this.start());
    const begun = performance.now();
    return new Promise<Told>((done, failed) => {
      const cancel = (): void => {
        this.end();
        failed(signal.reason);
      };
      const over = (): void => signal.removeEventListener("abort", cancel);
      signal.addEventListener("abort", cancel, { once: true });
      work.onmessage = ({ data }) => {
        if (data.kind === "progress") return progress(data.share);
        over();
        // In the browser's own list of measures, for whoever looks at speed.
        performance.measure(`affectone ${asked.kind}`, { start: begun });
        if (data.kind === "failed") failed(new Error(data.words));
        else done(data);
      };
      work.onerror = (event) => {
        over();
        this.end();
        failed(new Error(event.message || "This browser cannot run models in a worker."));
      };
      work.postMessage(asked, transfer);
    });
  }

  private end(): void {
    this.work?.terminate();
    this.work = null;
    this.opened = null;
  }
}
