import type { Files } from "./checkpoint-files";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly name: string;
  readonly cache: RequestCache | undefined;
}

/** What the server does in place of an honest answer. */
export type Fault = (
  answer: Uint8Array<ArrayBuffer>,
  signal: AbortSignal | null | undefined,
) => Response | Promise<Response>;

const BINARY = { "content-type": "application/octet-stream" };

/** A server of files in memory that can be told to misbehave. Give its `fetch` to a download. */
export class FakeServer {
  files: Files;
  readonly seen: SeenRequest[] = [];
  /** By file name; each answers one request, or with `always` every one. */
  readonly #faults = new Map<string, Fault[]>();
  #isOffline = false;

  constructor(files: Files) {
    this.files = { ...files };
  }

  /** The next answers for this file, in order. */
  failNext(name: string, ...faults: Fault[]): void {
    this.#faults.set(name, faults);
  }

  goOffline(isOffline = true): void {
    this.#isOffline = isOffline;
  }

  /** Names of the files asked for since the last call. */
  takeSeen(): string[] {
    return this.seen.splice(0).map(({ name }) => name);
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const name = String(input).split("/").at(-1) ?? "";
    init?.signal?.throwIfAborted();
    if (this.#isOffline) throw new TypeError("Failed to fetch");
    this.seen.push({ name, cache: init?.cache });
    const content = this.files[name];
    if (!content) return new Response("not found", { status: 404 });
    const answer = new Uint8Array(content);
    const fault = this.#faults.get(name)?.shift();
    return fault ? fault(answer, init?.signal) : new Response(answer, { headers: BINARY });
  };
}

export const truncated: Fault = (answer) => new Response(answer.slice(0, answer.length / 2), { headers: BINARY });

export const tooLong: Fault = (answer) => new Response(new Blob([answer, "more"]), { headers: BINARY });

export const altered: Fault = (answer) => {
  answer[3] = (answer[3] ?? 0) ^ 1;
  return new Response(answer, { headers: BINARY });
};

export const webPage: Fault = () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } });

export const status =
  (code: number): Fault =>
  () =>
    new Response("no", { status: code });

/** Half of the bytes, then the connection breaks. */
export const broken: Fault = (answer) => {
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(answer.slice(0, answer.length / 2)),
    pull: (stream) => stream.error(new TypeError("network error")),
  });
  return new Response(body, { headers: BINARY });
};

/** Half of the bytes, then nothing until the request is aborted. */
export const stalled: Fault = (answer, signal) => {
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      stream.enqueue(answer.slice(0, answer.length / 2));
      signal?.addEventListener("abort", () => stream.error(signal.reason));
    },
  });
  return new Response(body, { headers: BINARY });
};
