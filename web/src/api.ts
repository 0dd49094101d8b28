/** The service over HTTP. */

import type { Job, Model, PackagedModel, Prediction, Service, Timeline } from "./contract.ts";

/** An answer that is none, in the server's words. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    /** Seconds after which it may be tried again. */
    readonly retryAfter: number | null = null,
    readonly requestId: string | null = null,
  ) {
    super(detail);
    this.name = "Problem";
  }
}

export interface Sound {
  name: string;
  data: Blob;
}

/** Throw if nothing can be read of a recording: later the server would seem to be at fault. */
export async function checkReadable({ name, data }: Sound): Promise<void> {
  try {
    await data.slice(0, 1).arrayBuffer();
  } catch {
    const why = "it is a folder, or was changed or removed since it was chosen";
    throw new Problem(0, `${name}: cannot be read; ${why}.`);
  }
}

type Query = Record<string, string>;
type Task = "predict" | "timeline";

export class Client {
  constructor(
    private readonly key: () => string | null,
    private readonly base: string = document.baseURI,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
    /** Whether sound has to stay in this browser: all of it passes here. */
    private readonly kept: () => boolean = () => false,
  ) {}

  service(): Promise<Service> {
    return this.asked("GET", "v1/service");
  }

  async models(): Promise<Model[]> {
    return (await this.asked<{ models: Model[] }>("GET", "v1/models")).models;
  }

  async packaged(): Promise<PackagedModel[]> {
    return (await this.asked<{ models: PackagedModel[] }>("GET", "v1/packaged")).models;
  }

  /** Return a file of a packaged model; `progress` is told how many bytes are there. */
  async packagedFile(
    path: string,
    signal?: AbortSignal,
    progress: (bytes: number) => void = () => undefined,
  ): Promise<ArrayBuffer> {
    const response = await this.answered("GET", `v1/packaged/${path}`, { signal });
    if (!response.body) return response.arrayBuffer();
    let bytes = 0;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, passed) {
        progress((bytes += piece.length));
        passed.enqueue(piece);
      },
    });
    return new Response(response.body.pipeThrough(counted)).arrayBuffer();
  }

  predict(sound: Sound, query: Query, signal?: AbortSignal): Promise<Prediction[]> {
    return this.asked("POST", "v1/predict", { query, sound, signal });
  }

  timeline(sound: Sound, query: Query, signal?: AbortSignal): Promise<Timeline> {
    return this.asked("POST", "v1/timeline", { query: { ...query, format: "json" }, sound, signal });
  }

  startJob(task: Task, sound: Sound, query: Query, signal?: AbortSignal): Promise<Job> {
    return this.asked("POST", "v1/jobs", { query: { ...query, task }, sound, signal });
  }

  job(id: string, signal?: AbortSignal): Promise<Job> {
    return this.asked("GET", jobPath(id), { signal });
  }

  result<T>(id: string, signal?: AbortSignal): Promise<T> {
    return this.asked("GET", `${jobPath(id)}/result`, { query: { format: "json" }, signal });
  }

  cancelJob(id: string): Promise<Job> {
    return this.asked("POST", `${jobPath(id)}/cancel`);
  }

  async deleteJob(id: string): Promise<void> {
    await this.answered("DELETE", jobPath(id));
  }

  /** Return where a live connection is opened, and the subprotocols that say who opens it. */
  live(): { url: string; protocols: string[] } {
    if (this.kept()) throw new Problem(0, STAYS);
    const url = this.url("v1/live");
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const key = this.key();
    return {
      url: url.href,
      protocols: key ? ["affectone.v1", `bearer.${base64url(key)}`] : ["affectone.v1"],
    };
  }

  private url(path: string, query: Query = {}): URL {
    const url = new URL(path, this.base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  private async asked<T>(method: string, path: string, more: Asked = {}): Promise<T> {
    return (await (await this.answered(method, path, more)).json()) as T;
  }

  private async answered(
    method: string,
    path: string,
    { query, sound, signal }: Asked = {},
  ): Promise<Response> {
    if (sound && this.kept()) throw new Problem(0, `${sound.name}: ${STAYS}`);
    const key = this.key();
    const init: RequestInit = { method, headers: key ? { Authorization: `Bearer ${key}` } : {} };
    if (sound) init.body = form(sound);
    if (signal) init.signal = signal;
    let response: Response;
    try {
      response = await this.send(this.url(path, query), init);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Problem(0, "The server does not answer, or it ended the connection.");
    }
    if (!response.ok) throw await problem(response);
    return response;
  }
}

const STAYS = "is not sent, for “Stay in this browser” is on.";

interface Asked {
  query?: Query | undefined;
  sound?: Sound | undefined;
  signal?: AbortSignal | undefined;
}

function form(sound: Sound): FormData {
  const body = new FormData();
  body.append("file", sound.data, sound.name);
  return body;
}

async function problem(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => ({}))) as {
    detail?: string;
    title?: string;
    request_id?: string;
  };
  const detail = told.detail || told.title || `The server answered ${response.status}.`;
  const after = Number(response.headers.get("Retry-After") ?? NaN);
  const id = told.request_id ?? response.headers.get("X-Request-ID");
  return new Problem(response.status, detail, Number.isFinite(after) ? after : null, id);
}

function jobPath(id: string): string {
  return `v1/jobs/${encodeURIComponent(id)}`;
}

/** Return a text as base64url without padding, as a subprotocol may hold it. */
export function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
