import { beforeEach, expect, test, vi } from "vitest";

import { type Client, Client as RealClient } from "../src/api.ts";
import type { PackagedModel } from "../src/contract.ts";
import type { Asked, Told } from "../src/local/messages.ts";
import { LocalRecognizer, type Work } from "../src/local/recognizer.ts";
import { Stay } from "../src/local/stay.ts";
import type { Choice } from "../src/options.ts";
import { choice as anything, storageOf } from "./made.ts";
import { fixture } from "./package.ts";

const cards = (JSON.parse(fixture("local.json")) as { cards: Record<string, object> }).cards;
const choice: Choice = { ...anything, model: "edge" };
const sound = { name: "a.wav", data: new Blob(["abc"]) };
const models = [
  { name: "edge", size_bytes: 540383 },
  { name: "base", size_bytes: 17270988 },
] as PackagedModel[];

/** A worker that answers at once. */
class Working implements Work {
  onmessage: Work["onmessage"] = null;
  onerror: Work["onerror"] = null;
  ended = false;
  asked: Asked[] = [];

  constructor(private readonly answer: (asked: Asked) => Told[] = answers) {}

  postMessage(asked: Asked): void {
    this.asked.push(asked);
    for (const data of this.answer(asked)) queueMicrotask(() => this.onmessage?.({ data } as MessageEvent));
  }

  terminate(): void {
    this.ended = true;
  }
}

function answers(asked: Asked): Told[] {
  if (asked.kind === "open") return [{ kind: "opened" }];
  return [
    { kind: "progress", share: 0.5 },
    { kind: "judged", predictions: [] },
  ];
}

let works: Working[];
let files: string[];
let reports: [string, number | null][];
let never: AbortSignal;

beforeEach(() => {
  [works, files, reports, never] = [[], [], [], new AbortController().signal];
});

function recognizer(answer?: (asked: Asked) => Told[]): LocalRecognizer {
  const client = {
    packaged: async () => models,
    packagedFile: async (path: string, _: AbortSignal, progress?: (bytes: number) => void) => {
      files.push(path);
      progress?.(270191.5);
      const name = path.split("/")[0]!;
      const text = path.endsWith("card.json") ? JSON.stringify(cards[name]) : path;
      return new TextEncoder().encode(text).buffer as ArrayBuffer;
    },
  } as unknown as Client;
  const start = (): Work => {
    works.push(new Working(answer));
    return works.at(-1)!;
  };
  return new LocalRecognizer(client, start, async () => ({
    rate: 16000,
    channels: [new Float32Array(16000)],
  }));
}

const report = (...told: [string, number | null]): unknown => reports.push(told);

test("a model is fetched once, and a second one without what it shares with the first", async () => {
  const it = recognizer();
  await it.analyse(sound, choice, report, never);
  expect(files).toEqual(["edge/card.json", "speech.onnx", "edge/model.onnx"]);
  await it.analyse(sound, choice, report, never);
  expect(files).toHaveLength(3);
  await it.analyse(sound, { ...choice, model: "base" }, report, never);
  expect(files.slice(3)).toEqual(["base/card.json", "base/model.onnx"]);
  expect(works).toHaveLength(1);
  expect(works[0]!.asked.map(({ kind }) => kind)).toEqual(["open", "judge", "judge", "open", "judge"]);
});

test("who is faster than the list of models hears by the default, which is fetched once, too", async () => {
  const it = recognizer();
  await it.analyse(sound, { ...choice, model: "" }, report, never);
  await it.analyse(sound, { ...choice, model: "" }, report, never);
  await it.analyse(sound, choice, report, never);
  expect(files).toEqual(["edge/card.json", "speech.onnx", "edge/model.onnx"]);
});

test("how far it is is told", async () => {
  await recognizer().analyse(sound, choice, report, never);
  expect(reports).toContainEqual(["fetching the model (528 KiB)", 0.5]);
  expect(reports.at(-1)).toEqual(["listening to it in this browser", 0.5]);
});

test("channels are judged each, or together, as it was chosen; there is no timeline", async () => {
  const it = recognizer();
  expect(await it.analyse(sound, choice, report, never)).toEqual({ predictions: [], timeline: null });
  await it.analyse(sound, { ...choice, channels: "mix" }, report, never);
  const judged = works[0]!.asked.filter((one) => one.kind === "judge");
  expect(judged.map(({ split }) => split)).toEqual([true, false]);
});

test("what fails in the worker is told, and leaves no model behind", async () => {
  let broken = true;
  const it = recognizer((asked) => {
    if (asked.kind === "open" && broken) return [{ kind: "failed", words: "no memory" }];
    return answers(asked);
  });
  await expect(it.analyse(sound, choice, report, never)).rejects.toThrow("no memory");
  broken = false;
  await it.analyse(sound, choice, report, never);
  expect(files.filter((one) => one === "edge/model.onnx")).toHaveLength(2);
});

test("a model that was replaced by one that failed is fetched again", async () => {
  let broken = true;
  const it = recognizer((asked) => {
    const fails = asked.kind === "open" && asked.card.name === "base" && broken;
    return fails ? [{ kind: "failed", words: "no memory" }] : answers(asked);
  });
  await it.analyse(sound, choice, report, never);
  await expect(it.analyse(sound, { ...choice, model: "base" }, report, never)).rejects.toThrow("no memory");
  broken = false;
  await it.analyse(sound, choice, report, never);
  expect(files.filter((one) => one === "edge/model.onnx")).toHaveLength(2);
});

test("who cancels ends the worker, and the next recording gets another", async () => {
  const abort = new AbortController();
  let silent = true;
  const it = recognizer((asked) => (asked.kind === "judge" && silent ? [] : answers(asked)));
  const cancelled = it.analyse(sound, choice, report, abort.signal);
  await vi.waitFor(() => expect(works[0]?.asked).toHaveLength(2));
  abort.abort();
  await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
  expect(works[0]!.ended).toBe(true);
  silent = false;
  await it.analyse(sound, choice, report, never);
  expect(works).toHaveLength(2);
  expect(works[1]!.asked.map(({ kind }) => kind)).toEqual(["open", "judge"]);
});

test("a worker that cannot run is told in words", async () => {
  const it = recognizer(() => {
    queueMicrotask(() => works[0]!.onerror?.({ message: "" } as ErrorEvent));
    return [];
  });
  await expect(it.analyse(sound, choice, report, never)).rejects.toThrow("cannot run models");
  expect(works[0]!.ended).toBe(true);
});

test("a model that the server has not is told by its name", async () => {
  await expect(recognizer().analyse(sound, { ...choice, model: "mine" }, report, never)).rejects.toThrow(
    "mine",
  );
});

test("where sound has to stay, nothing with a body is sent and no socket is opened", async () => {
  const send = vi.fn<typeof fetch>(async () => Response.json([]));
  let kept = true;
  const client = new RealClient(
    () => null,
    "https://example.org/",
    send,
    () => kept,
  );
  for (const ask of [
    () => client.predict(sound, {}),
    () => client.timeline(sound, {}),
    () => client.startJob("predict", sound, {}),
    async () => client.live(),
  ])
    await expect(ask()).rejects.toThrow("Stay in this browser");
  expect(send).not.toHaveBeenCalled();
  kept = false;
  await client.predict(sound, {});
  expect(client.live().url).toContain("live");
  expect(send).toHaveBeenCalledOnce();
});

test("a file of a model is counted while it comes", async () => {
  const bytes = new Uint8Array(5000);
  const send = vi.fn<typeof fetch>(async () => new Response(bytes));
  const counts: number[] = [];
  const it = new RealClient(() => "key", "https://example.org/", send);
  const got = await it.packagedFile("edge/model.onnx", undefined, (count) => counts.push(count));
  expect(got.byteLength).toBe(5000);
  expect(counts.at(-1)).toBe(5000);
  expect(String(send.mock.calls[0]![0])).toBe("https://example.org/v1/packaged/edge/model.onnx");
  expect(send.mock.calls[0]![1]).toEqual({ method: "GET", headers: { Authorization: "Bearer key" } });
});

test("the browser remembers whether recordings stay", () => {
  const kept = new Map<string, string>();
  const place = () => storageOf(kept);
  const page = new Stay(place);
  expect(page.here()).toBe(false);
  page.switchTo(true);
  expect(page.here()).toBe(true);
  expect(new Stay(place).here()).toBe(true);
  page.switchTo(false);
  expect(kept.size).toBe(0);
});

test("what another tab switches changes nothing that this one shows", () => {
  const place = () => storageOf(kept);
  const kept = new Map([["affectone.stay", "on"]]);
  const page = new Stay(place);
  expect(page.here()).toBe(true);
  new Stay(place).switchTo(false);
  expect(page.here()).toBe(true);
});

test("a browser that allows no storage has a switch all the same", () => {
  const page = new Stay(() => {
    throw new DOMException("denied", "SecurityError");
  });
  expect(page.here()).toBe(false);
  page.switchTo(true);
  expect(page.here()).toBe(true);
});
