import type { FileVersion } from "./checkpoint";
import { Inbox } from "./inbox";
import { pause } from "./pause";
import {
  ConnectionError,
  RangeIgnoredError,
  RangeNotSatisfiableError,
  refusal,
  ServerRefusalError,
  type SourceError,
  TooManyRequestsError,
} from "./source-errors";

/** A request, and again the same when it fails in a way that may pass. */
export interface PersistentRequest {
  readonly fetch: typeof fetch;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For messages: "config.json of owner/name at main". */
  readonly file: string;
  /** [begin, end) in bytes; without it the whole file. */
  readonly range?: readonly [begin: number, end: number] | undefined;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  /** Throws for the head of an answer that is of another version. */
  readonly onHead: (version: Partial<FileVersion>) => void;
  readonly patience: Patience;
}

/** How long to go on trying. */
export interface Patience {
  /** Tries in a row that bring no byte. */
  readonly tries: number;
  /** Before the second try; doubled from try to try. */
  readonly firstPauseMs: number;
  /** Without a byte for so long, a connection counts as broken. */
  readonly stallMs: number;
}

/** Half a minute of pauses in all. */
export const PATIENCE: Patience = { tries: 7, firstPauseMs: 500, stallMs: 30_000 };

/** A server may ask for a longer pause than we would take, but not for any. */
const LONGEST_PAUSE_MS = 60_000;

/** What a whole file may have. Chunks of weights are read in ranges. */
const MOST_WHOLE_BYTES = 2 ** 26;

/** A failure that may pass. */
class PassingFault extends Error {
  readonly error: SourceError;
  readonly pauseMs: number;

  constructor(error: SourceError, pauseMs = 0) {
    super(error.message);
    this.error = error;
    this.pauseMs = pauseMs;
  }
}

/**
 * Fetches a file or a range of it. A connection that breaks or stalls, a 5xx and a 429 are tried again after a pause; a
 * range goes on at the byte where it ended.
 *
 * @throws SourceError, by name; whatever `onHead` throws; AbortError.
 */
export async function persistentFetch(request: PersistentRequest): Promise<Uint8Array<ArrayBuffer>> {
  const { range, signal, patience, onBytes } = request;
  const inbox = new Inbox(range ? range[1] - range[0] : 2 ** 16);
  for (let tries = 1; ; tries++) {
    const before = inbox.received;
    const fault = await faultOf(attempt(request, inbox));
    if (!fault) return inbox.content();
    signal.throwIfAborted();
    if (range && inbox.received > before) tries = 1;
    if (tries >= patience.tries) throw fault.error;
    if (!range) {
      onBytes(-inbox.received);
      inbox.received = 0;
    }
    const pauseMs = Math.max(fault.pauseMs, patience.firstPauseMs * 2 ** (tries - 1));
    await pause(Math.min(pauseMs, LONGEST_PAUSE_MS), signal);
  }
}

/** Of a try that failed in a way that may pass; other failures are thrown. */
async function faultOf(attempted: Promise<void>): Promise<PassingFault | undefined> {
  try {
    await attempted;
    return undefined;
  } catch (error) {
    if (error instanceof PassingFault) return error;
    throw error;
  }
}

async function attempt(request: PersistentRequest, inbox: Inbox): Promise<void> {
  const { range, onBytes, onHead, file, patience } = request;
  const stall = new AbortController();
  const watch = () => setTimeout(() => stall.abort(), patience.stallMs);
  let watchdog = watch();
  try {
    const response = await send(request, inbox.received, AbortSignal.any([request.signal, stall.signal]));
    const expected = range ? range[1] - range[0] : MOST_WHOLE_BYTES;
    try {
      onHead(versionOf(response, Boolean(range)));
      for await (const run of bodyOf(response, file)) {
        clearTimeout(watchdog);
        watchdog = watch();
        if (!inbox.take(run, expected)) throw new ServerRefusalError(`The server sent more of ${file} than there is.`);
        onBytes(run.byteLength);
      }
    } finally {
      await response.body?.cancel().catch(() => undefined);
    }
    if (range && inbox.received < expected) throw broke(file);
  } finally {
    clearTimeout(watchdog);
  }
}

/** The answer to one request, its head judged. */
async function send(request: PersistentRequest, received: number, signal: AbortSignal): Promise<Response> {
  const { fetch, url, headers, range, file } = request;
  const wanted = range && `bytes=${range[0] + received}-${range[1] - 1}`;
  // Gigabytes that are read once have no business in the browser's cache.
  const init = { headers: { ...headers, ...(wanted ? { Range: wanted } : {}) }, signal, cache: "no-store" } as const;
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw broke(file, cause);
  });
  const { status } = response;
  if (status === (range ? 206 : 200)) {
    if (range) assertBegin(response, range[0] + received, range[1], file);
    return response;
  }
  await response.body?.cancel().catch(() => undefined);
  if (status === 200)
    throw new RangeIgnoredError(
      `The server sends ${file} only as a whole, which is too much to begin again each time.`,
    );
  const error = refusal(status, file);
  const mayPass = status >= 500 || status === 408 || error instanceof TooManyRequestsError;
  throw mayPass ? new PassingFault(error, retryAfterMs(response)) : error;
}

/** Where the server tells what it sends, it must be what was asked for, to its end. */
function assertBegin(response: Response, begin: number, end: number, file: string): void {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  if (first === undefined || total === undefined) return;
  if (Number(first) !== begin)
    throw new RangeNotSatisfiableError(`The server sent another part of ${file} than was asked for.`);
  if (Number(total) < end) throw new RangeNotSatisfiableError(`${file} has ${total} bytes, too few: it is truncated.`);
}

function versionOf(response: Response, isRange: boolean): Partial<FileVersion> {
  const { headers } = response;
  const bytes = isRange ? /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1] : undefined;
  const tag = headers.get("etag")?.replace(/^W\//, "").replaceAll('"', "");
  return { ...(bytes === undefined ? {} : { bytes: Number(bytes) }), ...(tag ? { tag } : {}) };
}

async function* bodyOf(response: Response, file: string): AsyncGenerator<Uint8Array, void, void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw broke(file, cause);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

function broke(file: string, cause?: unknown): PassingFault {
  const message = `The connection broke while ${file} was coming in. Is this computer online? What arrived is kept.`;
  return new PassingFault(new ConnectionError(message, { cause }));
}

const retryAfterMs = (response: Response): number => 1000 * (Number(response.headers.get("retry-after")) || 0);
