import { expect, test, vi } from "vitest";

import { base64url, checkReadable, Client, Problem } from "../src/api.ts";

const BASE = "https://example.org/ser/";
const sound = { name: "März.wav", data: new Blob(["abc"]) };

function client(response: Response | Error, key: string | null = null) {
  const send = vi.fn<typeof fetch>(async () => {
    if (response instanceof Error) throw response;
    return response;
  });
  return { send, client: new Client(() => key, BASE, send) };
}

function called(send: ReturnType<typeof client>["send"]): [string, RequestInit] {
  const [url, init] = send.mock.calls[0]!;
  return [String(url), init!];
}

test("a recording is posted under its name, with what is asked of it", async () => {
  const { send, client: it } = client(Response.json([]));
  await it.predict(sound, { channels: "mix", model: "edge" });
  const [url, init] = called(send);
  expect([url, init.method]).toEqual([`${BASE}v1/predict?channels=mix&model=edge`, "POST"]);
  const file = (init.body as FormData).get("file") as File;
  expect([file.name, await file.text()]).toEqual(["März.wav", "abc"]);
});

test("what the browser cannot read is named, and the server is not blamed", async () => {
  await checkReadable(sound);
  const gone = { slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) }) };
  await expect(checkReadable({ name: "calls", data: gone as unknown as Blob })).rejects.toThrow(
    /^calls: cannot be read; it is a folder, or was changed or removed/,
  );
});

test("a timeline is asked for as JSON", async () => {
  const { send, client: it } = client(Response.json({}));
  await it.timeline(sound, { names: "a,b" });
  expect(called(send)[0]).toBe(`${BASE}v1/timeline?names=a%2Cb&format=json`);
});

test("a key goes with each request", async () => {
  const { send, client: it } = client(Response.json({ models: [] }), "secret");
  expect(await it.models()).toEqual([]);
  expect(called(send)[1].headers).toEqual({ Authorization: "Bearer secret" });
});

test("without a key none is sent", async () => {
  const { send, client: it } = client(Response.json({}));
  await it.service();
  expect(called(send)[1].headers).toEqual({});
});

test("a refusal has the server's words, and when to come again", async () => {
  const body = {
    status: 429,
    title: "Too Many Requests",
    detail: "8 requests wait already",
    request_id: "r1",
  };
  const headers = { "Content-Type": "application/problem+json", "Retry-After": "3" };
  const { client: it } = client(new Response(JSON.stringify(body), { status: 429, headers }));
  const error = await it.job("x").catch((told: unknown) => told);
  expect(error).toBeInstanceOf(Problem);
  expect(error).toMatchObject({
    status: 429,
    message: "8 requests wait already",
    retryAfter: 3,
    requestId: "r1",
  });
});

test("a refusal of something between, which is no JSON, is told by its number", async () => {
  const { client: it } = client(new Response("<html>", { status: 502 }));
  await expect(it.service()).rejects.toMatchObject({
    status: 502,
    message: "The server answered 502.",
    retryAfter: null,
  });
});

test("no answer at all is told", async () => {
  const { client: it } = client(new TypeError("Failed to fetch"));
  await expect(it.service()).rejects.toThrow("The server does not answer");
});

test("what the user cancelled is no problem of the server", async () => {
  const { client: it } = client(new DOMException("stopped", "AbortError"));
  await expect(it.service()).rejects.toMatchObject({ name: "AbortError" });
});

test("a job is named in the path, whatever its name is", async () => {
  const { send, client: it } = client(new Response(null, { status: 204 }));
  await it.deleteJob("a/b");
  expect([called(send)[0], called(send)[1].method]).toEqual([`${BASE}v1/jobs/a%2Fb`, "DELETE"]);
});

test("a live connection has the key as a subprotocol", () => {
  expect(client(new Response(), "käy?>").client.live()).toEqual({
    url: "wss://example.org/ser/v1/live",
    protocols: ["affectone.v1", "bearer.a8OkeT8-"],
  });
  expect(client(new Response()).client.live().protocols).toEqual(["affectone.v1"]);
});

test("base64url has no padding and no sign of its own", () => {
  expect(base64url("a")).toBe("YQ");
  expect(base64url("????>>>>")).toMatch(/^[\w-]+$/);
});
