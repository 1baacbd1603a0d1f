import { ModelFileError } from "./errors";
import type { Piece } from "./format";
import { sha256 } from "./sha256";

/** One file, fetched. `onBytes` hears of every run of bytes as it arrives, and of minus all of them when they are void. */
export interface PieceRequest {
  readonly fetch: typeof fetch;
  readonly url: string;
  readonly piece: Piece;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/** A fault that a second try may cure: the connection broke, or an old copy came out of the HTTP cache. */
class TransientError extends ModelFileError {}

/**
 * Fetches a file whose size and hash are known, and checks both. After a fault that may pass it is fetched once more,
 * past the HTTP cache.
 *
 * @throws ModelFileError naming the file; AbortError.
 */
export async function fetchPiece(request: PieceRequest): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await attempt(request, "default");
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    return await attempt(request, "reload");
  }
}

async function attempt(request: PieceRequest, cache: RequestCache): Promise<Uint8Array<ArrayBuffer>> {
  const { piece, onBytes } = request;
  let received = 0;
  const count = (bytes: number) => {
    received += bytes;
    onBytes(bytes);
  };
  try {
    const bytes = await receive({ ...request, onBytes: count }, cache);
    if ((await sha256(bytes)) === piece.sha256) return bytes;
    throw new TransientError(`The model file ${piece.name} is not what it should be (its checksum differs).`);
  } catch (error) {
    onBytes(-received);
    throw error;
  }
}

async function receive(request: PieceRequest, cache: RequestCache): Promise<Uint8Array<ArrayBuffer>> {
  const { piece, onBytes } = request;
  const response = await fetchFile({ ...request, name: piece.name, cache });
  const bytes = new Uint8Array(piece.bytes);
  let received = 0;
  for await (const run of runsOf(response, piece.name, request.signal)) {
    if (received + run.byteLength > piece.bytes)
      throw new TransientError(`The model file ${piece.name} is longer than its ${piece.bytes} bytes.`);
    bytes.set(run, received);
    received += run.byteLength;
    onBytes(run.byteLength);
  }
  if (received < piece.bytes)
    throw new TransientError(`The model file ${piece.name} ended after ${received} of ${piece.bytes} bytes.`);
  return bytes;
}

/** The body as it arrives. Leaving the loop early cancels the transfer. */
async function* runsOf(response: Response, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const reader = response.body?.getReader();
  if (!reader) throw new TransientError(`The model file ${name} came without content.`);
  try {
    for (;;) {
      const { done, value } = await read(reader, name, signal);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, name: string, signal: AbortSignal) {
  try {
    return await reader.read();
  } catch (cause) {
    signal.throwIfAborted();
    throw new TransientError(`The connection broke while ${name} was coming in.`, { cause });
  }
}

export interface FileRequest {
  readonly fetch: typeof fetch;
  readonly url: string;
  readonly name: string;
  readonly cache: RequestCache;
  readonly signal: AbortSignal;
}

/**
 * Sends a request and judges the answer by its head.
 *
 * @throws ModelFileError when there is no answer, no such file, or a web page in its place; AbortError.
 */
export async function fetchFile({ fetch, url, name, cache, signal }: FileRequest): Promise<Response> {
  signal.throwIfAborted();
  const response = await fetch(url, { cache, signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new TransientError(`The model file ${name} could not be fetched. Is this computer online?`, { cause });
  });
  if (response.ok && !response.headers.get("content-type")?.startsWith("text/html")) return response;
  await response.body?.cancel().catch(() => undefined);
  if (response.ok)
    throw new ModelFileError(`In place of the model file ${name} the server sent a web page. The file may be missing.`);
  if (response.status === 404) throw new ModelFileError(`The model file ${name} is missing on the server.`);
  const Fault = response.status >= 500 ? TransientError : ModelFileError;
  throw new Fault(`The server refused the model file ${name} (status ${response.status}).`);
}
