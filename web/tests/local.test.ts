/** The page's own answers against those of the package, which fixtures/make_local.py wrote. */

import { describe, expect, test, vi } from "vitest";

import type { Prediction } from "../src/contract.ts";
import { answered } from "../src/local/answer.ts";
import { sha256, unpacked } from "../src/local/bytes.ts";
import { type Card, checkedCard, samplesIn } from "../src/local/card.ts";
import { notAudioBecause } from "../src/local/contents.ts";
import { speechIn, type SpeechNetwork } from "../src/local/detector.ts";
import { judged, padded } from "../src/local/judge.ts";
import { levelWarnings } from "../src/local/levels.ts";
import { rateIn } from "../src/local/rate.ts";
import { FRAME, type Region, regionsOf, windowsOf } from "../src/local/regions.ts";
import { resampled } from "../src/local/resample.ts";
import { heardIn, pooled, type RawScores, softmax } from "../src/local/verdict.ts";
import { fixture } from "./package.ts";

type Stretch = [seconds: number, amplitude: number, frequency: number];
type Numbers = Record<keyof RawScores, number[]>;

const golden = JSON.parse(fixture("local.json")) as {
  speech: { name: string; sound: Stretch[]; regions: number[][]; windows: number[][] }[];
  regions: {
    probabilities: number[];
    samples: number;
    regions: number[][];
    windows: Record<string, number[][]>;
  }[];
  answers: { model: string; raw: Numbers[]; speech: number[]; answer: Prediction }[];
  levels: { channels: number[][]; mix: string[]; split: string[] }[];
  contents: [number[], string][];
  padded: [number[], number, number[]][];
  cards: Record<string, Card>;
};
const edge = golden.cards["edge"]!;
const base = golden.cards["base"]!;

function sound(stretches: Stretch[]): Float32Array {
  return Float32Array.from(
    stretches.flatMap(([seconds, amplitude, frequency]) =>
      Array.from(
        { length: Math.round(seconds * 16000) },
        (_, at) => amplitude * Math.sin((2 * Math.PI * frequency * at) / 16000),
      ),
    ),
  );
}

/** Hears tones that are loud and low enough, as the one in make_local.py. */
const deaf: SpeechNetwork = {
  async probabilities(samples) {
    return Float32Array.from({ length: samples.length / FRAME }, (_, frame) =>
      heard(samples.subarray(frame * FRAME, (frame + 1) * FRAME)),
    );
  },
};

function heard(frame: Float32Array): number {
  const loud = frame.reduce((sum, sample) => sum + Math.abs(sample), 0) / frame.length;
  const turns = frame.slice(1).filter((sample, at) => sample * frame[at]! < 0).length;
  if (turns === 0 || turns >= 50 || loud < 0.1) return 0.1;
  return loud < 0.25 ? 0.4 : 0.9;
}

const pairs = (regions: Region[]): number[][] => regions.map(({ start, end }) => [start, end]);
const triples = (regions: Region[], seconds: number): number[][] =>
  windowsOf(regions, seconds).map(({ start, end, speech }) => [start, end, speech]);

describe("speech", () => {
  test.each(golden.speech)("$name", async ({ sound: stretches, regions, windows }) => {
    const found = await speechIn(sound(stretches), () => deaf);
    expect(pairs(found)).toEqual(regions);
    expect(triples(found, 6)).toEqual(windows);
  });

  test.each(golden.regions)("probabilities of $probabilities.length frames", (told) => {
    const found = regionsOf(Float32Array.from(told.probabilities), told.samples);
    expect(pairs(found)).toEqual(told.regions);
    for (const [seconds, windows] of Object.entries(told.windows))
      expect(triples(found, Number(seconds))).toEqual(windows);
  });

  test("the fixtures hold what is hard: regions that are cut, joined and split", () => {
    expect(golden.regions.some(({ regions }) => regions.length > 10)).toBe(true);
    expect(
      golden.speech.some(({ regions }) => regions.some(([, end], at) => regions[at + 1]?.[0] === end)),
    ).toBe(true);
    expect(golden.speech.some(({ regions, windows }) => windows.length < regions.length)).toBe(true);
    expect(golden.speech.some(({ regions, windows }) => windows.length > regions.length)).toBe(true);
  });

  test("a span with speech enough is heard once, and one without a second time by a network of its own", async () => {
    const begin = vi.fn(() => deaf);
    await speechIn(sound([[2, 0.5, 500]]), begin);
    expect(begin).toHaveBeenCalledTimes(1);
    begin.mockClear();
    await speechIn(sound([[2, 0.5, 3000]]), begin);
    expect(begin).toHaveBeenCalledTimes(2);
    begin.mockClear();
    await speechIn(sound([[2, 0.00005, 500]]), begin); // Silence is not heard again.
    expect(begin).toHaveBeenCalledTimes(1);
  });

  test.each([
    [42, 0],
    [44, 1],
  ])("%i frames heard in a lowered span are %i regions", async (frames, regions) => {
    // At two thirds of the speed there are 1440 frames of 960; 28 of the span's own are under 3 % of it, 29 are not.
    const silent: SpeechNetwork = { probabilities: async (one) => new Float32Array(one.length / FRAME) };
    const lowered: SpeechNetwork = {
      probabilities: async (one) =>
        Float32Array.from({ length: one.length / FRAME }, (_, frame) => Number(frame >= 300 && frame < 300 + frames)),
    };
    const begin = vi.fn<() => SpeechNetwork>().mockReturnValueOnce(silent).mockReturnValueOnce(lowered);
    expect(await speechIn(sound([[30.72, 0.5, 500]]), begin)).toHaveLength(regions);
  });
});

describe("resampling", () => {
  test.each([
    [2, 3, 16000, [100, 440, 1000, 4000, 7000]],
    [48000, 16000, 48000, [100, 1000, 4000, 7000]],
    [44100, 16000, 44100, [440, 3000, 7000]],
    [24414, 16000, 24414, [440, 7000]],
    [8000, 16000, 8000, [100, 1000, 3500]],
  ])("from %i to %i Hz keeps tones", (from, to, rate, tones) => {
    for (const frequency of tones) {
      const made = resampled(tone(frequency, rate, rate), from, to);
      const wanted = tone(frequency, Math.round((rate * to) / from), (rate * to) / from);
      expect(made.length).toBe(wanted.length);
      const apart = made.map((sample, at) => Math.abs(sample - wanted[at]!));
      expect(Math.max(...apart.slice(200, -200))).toBeLessThan(2e-6);
    }
  });

  test("what the new rate cannot hold is left out, and folds to no other tone", () => {
    for (const frequency of [8200, 10000, 12000, 15900]) {
      const made = resampled(tone(frequency, 48000, 48000), 48000, 16000);
      expect(Math.max(...made.slice(200, -200).map(Math.abs))).toBeLessThan(2e-6);
    }
  });

  test("it has the length that a resampler gives, and changes nothing at the same rate", () => {
    expect([0, 1, 2, 3, 512, 513].map((length) => resampled(new Float32Array(length), 2, 3).length)).toEqual([
      0, 2, 3, 5, 768, 770,
    ]);
    const same = new Float32Array(5);
    expect(resampled(same, 16000, 16000)).toBe(same);
  });
});

function tone(frequency: number, length: number, rate: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => 0.5 * Math.sin((2 * Math.PI * frequency * at) / rate));
}

describe("the rate of a file", () => {
  const bytes = (...parts: (string | number[])[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part)));
  const format: (string | number[])[] = [
    "fmt ",
    [16, 0, 0, 0],
    [1, 0, 1, 0],
    [0x44, 0xac, 0, 0],
    [0, 0, 0, 0],
  ];
  const riff: (string | number[])[] = ["RIFF", [0, 0, 0, 0], "WAVE"];

  test.each([
    ["a WAV", bytes(...riff, ...format), 44100],
    ["a WAV with an odd chunk before", bytes(...riff, "JUNK", [3, 0, 0, 0], "abc\0", ...format), 44100],
    ["a FLAC", bytes("fLaC", [0, 0, 0, 34], Array(10).fill(0), [0x0b, 0xb8, 0x00, 0xf0]), 48000],
    ["a WAV that is cut", bytes(...riff, "fmt ", [16, 0]), null],
    ["another file", bytes("OggS", Array(60).fill(0)), null],
    ["nothing", new Uint8Array(), null],
  ])("%s", (_, head, rate) => {
    expect(rateIn(head)).toBe(rate);
  });
});

function raw(numbers: Numbers): RawScores {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, values]) => [name, Float32Array.from(values)]),
  ) as unknown as RawScores;
}

function closeTo(value: unknown): unknown {
  if (typeof value === "number") return expect.closeTo(value, 10);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, closeTo(one)]));
}

describe("answers", () => {
  test.each(golden.answers)(
    "of $model: $answer.label, $answer.reason",
    ({ model, raw: all, speech, answer }) => {
      const card = golden.cards[model]!;
      const verdict = pooled(all.map((one, at) => heardIn(raw(one), card, speech[at]!)));
      const known = { file: "call.wav", channel: 1, durationSeconds: 12.5, warnings: ["8 kHz"] };
      expect(answered(known, card, verdict)).toEqual(closeTo(answer));
    },
  );

  test("the fixtures hold each doubt and none", () => {
    expect(new Set(golden.answers.map(({ answer }) => answer.reason))).toEqual(
      new Set([null, "low confidence", "too short", "unlike the training data"]),
    );
  });

  test("labels, their order and all limits are the card's", () => {
    const mine: Card = {
      ...edge,
      labels: ["bored", "joyful"],
      voices: ["deep", "high"],
      calibration: { ...edge.calibration, temperature: 1, voice_temperature: 1, threshold: 0.9 },
    };
    const numbers = { emotionLogits: [0, Math.log(3)], voiceLogits: [0, 0], degreeLogits: [], states: [] };
    const known = { file: "a", channel: null, durationSeconds: 1, warnings: [] };
    const told = answered(known, mine, pooled([heardIn(raw(numbers), mine, 16000)]));
    expect(told.scores).toEqual({ bored: expect.closeTo(0.25), joyful: expect.closeTo(0.75) });
    expect(told).toMatchObject({
      label: "joyful",
      reason: "low confidence",
      voice: { deep: 0.5, high: 0.5 },
    });
  });

  test("where nobody speaks there is no emotion", () => {
    const known = { file: "a", channel: 0, durationSeconds: 2, warnings: [] };
    expect(answered(known, edge, pooled([]))).toMatchObject({
      label: null,
      scores: {},
      unsure: true,
      reason: "no speech",
      voice: null,
      speech_seconds: 0,
      model: `edge@${edge.version}`,
    });
  });

  test("logits that are far apart give probabilities and no infinity", () => {
    expect(softmax([1000, 0])).toEqual([1, 0]);
  });
});

describe("a recording", () => {
  const scores = vi.fn(async (samples: Float32Array): Promise<RawScores> => {
    const loud = Math.max(...samples);
    return raw({
      emotionLogits: edge.labels.map((_, at) => (at === (loud > 0.3 ? 4 : 0) ? 20 : 0)),
      voiceLogits: [0, 0],
      degreeLogits: [],
      states: [],
    });
  });
  const networks = { speech: () => deaf, scores };
  const loud = sound([
    [0.2, 0, 500],
    [8, 0.5, 500],
  ]);
  const soft = sound([[8.2, 0.2, 500]]);

  test("is judged in windows, and its progress is told", async () => {
    scores.mockClear();
    const told: number[] = [];
    const [answer] = await judged(
      { name: "a.wav", rate: 16000, channels: [loud] },
      false,
      edge,
      networks,
      (one) => told.push(one),
    );
    expect(answer).toMatchObject({ file: "a.wav", channel: null, label: "angry", duration_seconds: 8.2 });
    expect(scores).toHaveBeenCalledTimes(2);
    expect(told.at(-1)).toBeCloseTo(1);
    expect(told).toHaveLength(2);
  });

  test("of two channels gives an answer for each, or one for their mean", async () => {
    const recording = { name: "a.wav", rate: 16000, channels: [loud, soft] };
    const each = await judged(recording, true, edge, networks, () => undefined);
    expect(each.map(({ channel, label }) => [channel, label])).toEqual([
      [0, "angry"],
      [1, "neutral"],
    ]);
    const mixed = await judged(recording, false, edge, networks, () => undefined);
    expect(mixed.map(({ channel, label }) => [channel, label])).toEqual([[null, "angry"]]);
  });

  test("of another rate is brought to that of the model", async () => {
    scores.mockClear();
    const recording = { name: "a.wav", rate: 48000, channels: [tone(500, 3 * 48000, 48000)] };
    const [answer] = await judged(recording, false, edge, networks, () => undefined);
    expect(answer).toMatchObject({ label: "angry", duration_seconds: 3, speech_seconds: 3 });
    expect(scores.mock.calls[0]![0].length).toBe(48000);
  });

  test("that is too loud is clipped", async () => {
    scores.mockClear();
    const recording = { name: "a.wav", rate: 16000, channels: [loud.map((sample) => 3 * sample)] };
    const [answer] = await judged(recording, false, edge, networks, () => undefined);
    expect(answer!.warnings).toEqual([expect.stringContaining("were clipped; the peak is 1.5")]);
    expect(scores.mock.calls.map(([samples]) => Math.max(...samples))).toEqual([1, 1]);
  });

  test("whose channels cancel each other says so", async () => {
    const recording = { name: "a.wav", rate: 16000, channels: [loud, loud.map((sample) => -sample)] };
    const [mixed] = await judged(recording, false, edge, networks, () => undefined);
    expect(mixed).toMatchObject({ label: null, reason: "no speech" });
    expect(mixed!.warnings).toEqual([expect.stringContaining("the channels cancel each other")]);
  });

  test.each(golden.padded)("%j is padded to %i samples", (samples, shortest, wanted) => {
    expect([...padded(Float32Array.from(samples), shortest)]).toEqual(wanted);
  });

  test.each(golden.levels)("$channels: what its levels give away", ({ channels, mix, split }) => {
    const all = channels.map((one) => Float32Array.from(one));
    const mean = all[0]!.map((_, at) => all.reduce((sum, one) => sum + one[at]!, 0) / all.length);
    expect(levelWarnings(all, [mean])).toEqual(mix);
    expect(levelWarnings(all, all)).toEqual(split);
  });

  test.each(golden.contents)("%j %s", (head, words) => {
    const here = words.replace("is known here", "this browser decodes; the server may know it");
    expect(notAudioBecause(Uint8Array.from(head))).toBe(here);
  });
});

describe("a card", () => {
  test("of the package is followed", () => {
    expect(checkedCard(edge)).toBe(edge);
    expect(checkedCard(base)).toBe(base);
  });

  test.each([
    [{ schema_version: 2 }, "its card is of another kind"],
    [{ input: "features:mfcc" }, "wants features:mfcc"],
    [{ sample_rate: 8000 }, "wants sound at 8000 Hz"],
  ])("of %j is refused", (change, words) => {
    expect(() => checkedCard({ ...edge, ...change })).toThrow(words);
  });

  test("its times are rounded half up, as the package does", () => {
    expect([0.5, 6, 2.5 / 16000, 3.5 / 16000].map((seconds) => samplesIn(seconds))).toEqual([
      8000, 96000, 3, 4,
    ]);
  });
});

describe("bytes", () => {
  const words = new TextEncoder().encode("\0asm and more");

  test("of gzip are unpacked, others are left alone", async () => {
    const packed = new Response(new Blob([words]).stream().pipeThrough(new CompressionStream("gzip")));
    expect(new Uint8Array(await unpacked(await packed.arrayBuffer()))).toEqual(words);
    expect(await unpacked(words.buffer as ArrayBuffer)).toBe(words.buffer);
  });

  test("are known by their hash, where the browser tells it", async () => {
    const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const abc = new TextEncoder().encode("abc").buffer as ArrayBuffer;
    expect(await sha256(abc)).toBe(hash);
    vi.stubGlobal("crypto", {});
    expect(await sha256(abc)).toBeNull();
    vi.unstubAllGlobals();
  });
});
