import { beforeEach, expect, test, vi } from "vitest";

import { Connection, type End, type Socket } from "../src/live/connection.ts";
import { f32le, hello, type Message, parse, type Ready } from "../src/live/protocol.ts";
import { Recorded } from "../src/live/recorded.ts";
import { LiveTrack } from "../src/live/timeline.ts";
import { timeline } from "./package.ts";

const choice = {
  model: "edge",
  labels: "",
  channels: "split" as const,
  names: ["me", "you"],
  window: 3,
  hop: null,
  adapt: true,
};
const ready: Ready = {
  type: "ready",
  session: "s1",
  model: "edge@0.1.0",
  labels: ["neutral", "happy", "angry"],
  channels: 1,
  window_seconds: 3,
  hop_seconds: 1,
  max_seconds: 60,
};

/** A socket whose other side is the test. */
class Fake implements Socket {
  binaryType = "blob";
  bufferedAmount = 0;
  sent: (string | ArrayBuffer)[] = [];
  closed = false;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  send(data: string | ArrayBuffer): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  open(): void {
    this.onopen?.({} as Event);
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent<string>);
  }
  drop(code: number, reason = ""): void {
    this.onclose?.({ code, reason } as CloseEvent);
  }
}

let socket: Fake;
let told: Message[];
let ends: End[];
let begun: Ready[];
let connection: Connection;

beforeEach(() => {
  socket = new Fake();
  [told, ends, begun] = [[], [], []];
  connection = new Connection(socket, "hello", {
    ready: (message) => begun.push(message),
    told: (message) => told.push(message),
    ended: (end) => ends.push(end),
  });
});

test("the first message says what comes; a microphone has one name", () => {
  expect(JSON.parse(hello(48000, choice))).toEqual({
    type: "hello",
    sample_rate: 48000,
    format: "f32le",
    channels: 1,
    name: "microphone",
    model: "edge",
    window: 3,
    names: ["me"],
  });
});

test("samples go as little-endian floats", () => {
  expect([...new Uint8Array(f32le(Float32Array.of(1, -0.5)))]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xbf]);
});

test("a message of a later server is passed over", () => {
  expect(parse('{"type":"mood"}')).toBeNull();
  expect(parse('{"type":"heard","seconds":2}')).toEqual({ type: "heard", seconds: 2 });
});

test("from hello to the end", () => {
  socket.open();
  expect(socket.sent).toEqual(["hello"]);
  socket.say(ready);
  expect(begun).toEqual([ready]);
  connection.push(Float32Array.of(1));
  connection.end();
  connection.push(Float32Array.of(1));
  expect(socket.sent.length).toBe(3);
  expect(JSON.parse(socket.sent[2] as string)).toEqual({ type: "end" });
  socket.say({ ...timeline.segments[0], type: "segment" });
  socket.say({ type: "end", seconds: 1 });
  socket.drop(1000);
  expect(told.map((message) => message.type)).toEqual(["segment", "end"]);
  expect(ends).toEqual([{ kind: "finished" }]);
});

test("a refusal comes before the connection is open", () => {
  socket.drop(1006);
  expect(ends).toEqual([{ kind: "refused" }]);
});

test("an error has the server's words, and the close after it none", () => {
  socket.open();
  socket.say({
    type: "error",
    status: 422,
    title: "Unprocessable Content",
    detail: "format: 'mp3' is not known",
  });
  socket.drop(1008);
  expect(ends).toEqual([{ kind: "error", words: "format: 'mp3' is not known" }]);
  expect(socket.closed).toBe(true);
});

test.each([
  [1012, "", "The server is shutting down."],
  [1006, "", "The connection was lost (1006)."],
  [1011, "broken", "The connection ended: broken"],
])("a connection that ends with %i %s says so", (code, reason, words) => {
  socket.open();
  socket.drop(code, reason);
  expect(ends).toEqual([{ kind: "lost", words }]);
});

test("sound that the network cannot take is not piled up", () => {
  socket.open();
  socket.bufferedAmount = 10 ** 8;
  connection.push(Float32Array.of(1));
  expect(ends).toEqual([{ kind: "lost", words: "The connection is too slow for live sound." }]);
});

test("stopping before it is open is an end, too", () => {
  connection.end();
  expect(ends).toEqual([{ kind: "finished" }]);
});

test("a server that does not say the last of it is not waited for without end", () => {
  vi.useFakeTimers();
  socket.open();
  connection.end();
  vi.advanceTimersByTime(60_000);
  expect(ends).toEqual([{ kind: "lost", words: "The server did not say the last of it." }]);
  vi.useRealTimers();
});

test("what was heard becomes a timeline", () => {
  const [segment, , music] = timeline.segments;
  const track = new LiveTrack(ready);
  track.take({ ...segment!, type: "step", start: 0.25, end: 1 });
  track.take({ ...segment!, type: "step", start: 3, end: 3.5 });
  track.take({ ...music!, type: "step", start: 4, end: 5 });
  track.take({ type: "heard", seconds: 7 });
  expect([track.heard, track.silence]).toEqual([7, 2]);
  expect(track.patience).toBe(2.5);
  track.take({ ...segment!, type: "segment" });
  track.take({ type: "end", seconds: 7.5 });
  const made = track.timeline("live.wav", 7.4);
  expect(made.adapted).toBe(false);
  const { speaker } = segment!;
  expect(made).toMatchObject({
    file: "live.wav",
    duration_seconds: 7.5,
    speakers: [speaker],
    model: "edge@0.1.0",
  });
  expect(made.segments).toEqual([{ ...segment, file: "live.wav" }]);
});

test("live windows are those of a file: at multiples of the hop, without music", () => {
  const [segment, , music] = timeline.segments;
  const track = new LiveTrack(ready);
  track.take({ ...segment!, type: "step", start: 0.25, end: 1 });
  track.take({ ...segment!, type: "step", start: 3, end: 3.5 });
  track.take({ ...music!, type: "step", start: 4, end: 5 });
  const row = [0.125, 0.25, 0.625];
  const fitted = new LiveTrack(ready);
  fitted.take({ ...segment!, type: "segment", adapted: true });
  expect(fitted.timeline("live.wav", 4.5).adapted).toBe(true);
  expect(track.timeline("live.wav", 4.5).windows).toEqual([
    {
      channel: 0,
      labels: ready.labels,
      start: [0, 2],
      end: [2, 5],
      step_start: [0, 3],
      speech_seconds: [2.0005, 2.0005],
      scores: [row, row],
    },
  ]);
});

test("the kept sound is a WAV file of 16 bits", async () => {
  const sound = new Recorded(8000);
  sound.add(Float32Array.of(0, 0.5));
  sound.add(Float32Array.of(-1, 2));
  expect(sound.seconds).toBe(4 / 8000);
  const view = new DataView(await sound.wav().arrayBuffer());
  expect(view.byteLength).toBe(44 + 8);
  expect([view.getUint32(4, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([
    44, 8000, 8,
  ]);
  expect([0, 2, 4, 6].map((at) => view.getInt16(44 + at, true))).toEqual([0, 16384, -32768, 32767]);
});

test.each([
  [3, 1],
  [6, 1],
  [6, 6],
  [4, 4],
  [3, 2],
])("in windows of %d s, %d s apart, somebody who goes on speaking is not called quiet", (length, hop) => {
  const track = new LiveTrack({ ...ready, window_seconds: length, hop_seconds: hop });
  let longest = 0;
  for (let heard = 1; heard < 40; heard++) {
    const places = Math.floor((heard - length) / hop); // The newest window that has ended, counted from 0.
    if (places >= 0) {
      const start = places * hop + (length - hop) / 2;
      track.take({ ...timeline.segments[0]!, type: "step", start, end: start + hop });
    }
    track.take({ type: "heard", seconds: heard });
    if (track.newest) longest = Math.max(longest, track.silence);
  }
  expect(longest).toBeGreaterThan(0);
  expect(longest).toBeLessThan(track.patience);
});
