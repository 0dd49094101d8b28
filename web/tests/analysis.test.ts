import { beforeEach, expect, test, vi } from "vitest";

import { Analyser } from "../src/analysis.ts";
import { type Client, Problem } from "../src/api.ts";
import type { Job, Service } from "../src/contract.ts";
import { choice } from "./made.ts";
import { timeline } from "./package.ts";

const limits = { max_bytes: 100, max_seconds: 900, max_job_bytes: 1000, max_live_seconds: 1, max_sockets: 1 };
const service: Service = { version: "0", key_required: false, limits, jobs: true };
const tooLong = new Problem(413, "call.wav: 1000 s; 900 s at most");

let calls: Record<
  "predict" | "timeline" | "startJob" | "job" | "result" | "cancelJob" | "deleteJob",
  ReturnType<typeof vi.fn>
>;
let reports: [string, number | null][];
let waits: number[];

beforeEach(() => {
  calls = {
    predict: vi.fn(async () => []),
    timeline: vi.fn(async () => timeline),
    startJob: vi.fn(async () => job("queued")),
    job: vi.fn(async () => job("done")),
    result: vi.fn(async () => timeline),
    cancelJob: vi.fn(async () => job("cancelled")),
    deleteJob: vi.fn(async () => undefined),
  };
  reports = [];
  waits = [];
});

function job(status: Job["status"], more: Partial<Job> = {}): Job {
  return {
    id: "j1",
    task: "timeline",
    status,
    file: "",
    seconds_heard: 75,
    seconds_total: 7200,
    progress: 0.25,
    error: null,
    ...more,
  };
}

function sound(bytes: number) {
  return { name: "call.wav", data: new Blob([new Uint8Array(bytes)]) };
}

function analyser(offered: Service = service): Analyser {
  const wait = async (seconds: number, signal: AbortSignal): Promise<void> => {
    waits.push(seconds);
    signal.throwIfAborted();
  };
  return new Analyser(calls as unknown as Client, async () => offered, wait);
}

function analyse(bytes = 50, signal = new AbortController().signal, offered = service) {
  return analyser(offered).analyse(sound(bytes), choice, (...told) => reports.push(told), signal);
}

test("a short recording is answered directly", async () => {
  expect(await analyse()).toEqual({ predictions: [], timeline });
  expect(calls.startJob).not.toHaveBeenCalled();
});

test("what the server finds too long becomes a job, which is deleted when its answer is here", async () => {
  calls.predict.mockRejectedValue(tooLong);
  calls.job
    .mockResolvedValueOnce(job("queued"))
    .mockResolvedValueOnce(job("running"))
    .mockResolvedValue(job("done"));
  expect((await analyse()).timeline).toBe(timeline);
  expect(reports).toContainEqual(["waits its turn on the server", null]);
  expect(reports).toContainEqual(["heard 1:15 of 2:00:00", 0.25]);
  expect(calls.deleteJob).toHaveBeenCalledWith("j1");
});

test("what is known to be too large is not sent directly at all", async () => {
  await analyse(101);
  expect(calls.predict).not.toHaveBeenCalled();
  expect(calls.startJob).toHaveBeenCalledOnce();
});

test("what is too large for a job is not sent", async () => {
  await expect(analyse(1001)).rejects.toThrow(
    "call.wav: has 1001 bytes; this server takes 1000 bytes at most.",
  );
  expect(calls.startJob).not.toHaveBeenCalled();
});

test("a server without jobs refuses in words", async () => {
  calls.predict.mockRejectedValue(tooLong);
  await expect(analyse(50, undefined, { ...service, jobs: false })).rejects.toThrow("takes no jobs");
});

test("a job that failed has the server's words, and is deleted", async () => {
  calls.job.mockResolvedValue(job("failed", { error: "call.wav: ends in the middle" }));
  await expect(analyse(101)).rejects.toThrow("call.wav: ends in the middle");
  expect(calls.deleteJob).toHaveBeenCalledWith("j1");
});

test("cancelling stops the job on the server, and deletes it", async () => {
  const abort = new AbortController();
  calls.job.mockImplementation(async () => {
    abort.abort();
    return job("running");
  });
  await expect(analyse(101, abort.signal)).rejects.toMatchObject({ name: "AbortError" });
  expect(calls.cancelJob).toHaveBeenCalledWith("j1");
  expect(calls.deleteJob).toHaveBeenCalledWith("j1");
});

test("a busy server is asked again when it says", async () => {
  calls.predict
    .mockRejectedValueOnce(new Problem(503, "busy", 7))
    .mockRejectedValueOnce(new Problem(429, "busy"));
  await analyse();
  expect(waits).toEqual([7, 2]);
  expect(reports).toContainEqual(["the server has much to do; trying again in 7 s", null]);
});

test("a server that stays busy is told of", async () => {
  calls.predict.mockRejectedValue(new Problem(503, "too many wait"));
  await expect(analyse()).rejects.toThrow("too many wait");
  expect(waits.length).toBe(3);
});

test("a long job outlives a connection that is lost for a while", async () => {
  const lost = new Problem(0, "The server does not answer, or it ended the connection.");
  calls.job.mockRejectedValueOnce(lost).mockRejectedValueOnce(new Problem(502, "bad gateway"));
  calls.result.mockRejectedValueOnce(lost);
  expect((await analyse(101)).timeline).toBe(timeline);
  expect(waits).toEqual([1, 2, 1]);
  expect(reports).toContainEqual(["the server does not answer; trying again in 1 s", null]);
});

test("a server that stays away is told of", async () => {
  calls.job.mockRejectedValue(new Problem(0, "The server does not answer"));
  await expect(analyse(101)).rejects.toThrow("The server does not answer");
  expect(waits.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(60);
});

test("what changes something is not sent again where it may have come through", async () => {
  calls.startJob.mockRejectedValue(new Problem(0, "The server does not answer"));
  await expect(analyse(101)).rejects.toThrow("The server does not answer");
  expect(calls.startJob).toHaveBeenCalledOnce();
});

test("other refusals are told at once", async () => {
  calls.predict.mockRejectedValue(new Problem(422, "notes.wav: is text, not audio"));
  await expect(analyse()).rejects.toThrow("notes.wav: is text, not audio");
  expect(waits).toEqual([]);
});

test("the whole of a long recording is asked for as a job of its own", async () => {
  calls.predict.mockRejectedValue(tooLong);
  calls.result.mockResolvedValue([]);
  await analyser().overall(sound(50), choice, () => undefined, new AbortController().signal);
  expect(calls.startJob.mock.calls[0]?.[0]).toBe("predict");
});
