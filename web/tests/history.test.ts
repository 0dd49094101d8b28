import { expect, test, vi } from "vitest";

import { History } from "../src/history.ts";
import { Client } from "../src/api.ts";
import { Key } from "../src/key.ts";
import { Queue } from "../src/queue.ts";
import { inShort } from "../src/view/history.ts";
import { choice, storageOf } from "./made.ts";
import { timeline } from "./package.ts";

const entry = { name: "a.wav", when: new Date(0), predictions: [], timeline, sound: new Blob(), choice };

test("the newest comes first, and showing another one changes nothing but what is shown", () => {
  const changed = vi.fn();
  const history = new History(changed);
  const first = history.add(entry);
  const second = history.add({ ...entry, name: "b.wav" });
  expect(history.entries).toEqual([second, first]);
  expect(history.shown).toBeNull();
  expect(history.show(first.id)).toBe(first);
  expect(history.shown).toBe(first);
  expect(history.entries.length).toBe(2);
  expect(changed).toHaveBeenCalledTimes(3);
});

test("what is not there is not shown", () => {
  expect(new History(() => undefined).show(7)).toBeNull();
});

test("a recording is told by its answer, else by what most of it sounds like", () => {
  expect(inShort(entry)).toBe("mostly neutral");
  const [segment] = timeline.segments;
  expect(inShort({ ...entry, predictions: [segment!] })).toBe("angry 62%");
  expect(inShort({ ...entry, timeline: { ...timeline, segments: [] } })).toBe("no speech");
});

test("work is done in order, and a failure does not stop what comes after", async () => {
  const queue = new Queue();
  const done: string[] = [];
  const { signal } = new AbortController();
  const failing = queue.add(async () => Promise.reject(new Error("broken")), signal);
  const second = queue.add(async () => done.push("second"), signal);
  const third = queue.add(async () => done.push("third"), signal);
  await expect(failing).rejects.toThrow("broken");
  await Promise.all([second, third]);
  expect(done).toEqual(["second", "third"]);
});

test("what was cancelled while it waited is not begun", async () => {
  const queue = new Queue();
  const abort = new AbortController();
  const task = vi.fn();
  const waiting = queue.add(task, abort.signal);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  expect(task).not.toHaveBeenCalled();
});

test("a key is kept until an empty one is given", () => {
  const store = storageOf(new Map());
  new Key(() => store).keep("secret");
  const key = new Key(() => store);
  expect(key.value()).toBe("secret");
  key.keep("");
  expect([key.value(), new Key(() => store).value()]).toEqual([null, null]);
});

test("a browser that allows no storage has the page, too", async () => {
  const key = new Key(() => {
    throw new DOMException("access is denied", "SecurityError");
  });
  const send = vi.fn<typeof fetch>(async () => Response.json({ models: [] }));
  const client = new Client(key.value, "https://example.org/", send);
  await client.models();
  key.keep("secret");
  await client.models();
  expect(send.mock.calls.map(([, init]) => init!.headers)).toEqual([{}, { Authorization: "Bearer secret" }]);
});
