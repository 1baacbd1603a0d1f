import { type ByteSource, type FileVersion, type FileVersions, INDEX_FILE, type ReadOptions } from "./checkpoint";
import { CheckpointError } from "./errors";
import type { HuggingFaceOrigin } from "./origin";
import { PATIENCE, type Patience, type PersistentRequest, persistentFetch } from "./persistent-fetch";
import { AddressError, ConnectionError, NotFoundError } from "./source-errors";
import { assertSameVersion } from "./versions";

export const HUGGING_FACE = "https://huggingface.co";

export interface HuggingFaceOptions extends Omit<HuggingFaceOrigin, "kind" | "baseUrl"> {
  /** A mirror's address; by default https://huggingface.co. */
  readonly baseUrl?: string | undefined;
  /** For private repositories. Goes into the Authorization header, and nowhere else: not into errors, not into storage. */
  readonly token?: string | undefined;
  /** Another `fetch`, for tests. */
  readonly fetch?: typeof fetch | undefined;
  readonly patience?: Patience | undefined;
}

/** Enough of a shard to learn its size and whether the server knows ranges. */
const PROBE_BYTES = 8;

/**
 * The source of a repository: see HuggingFaceRepository.
 *
 * @throws AddressError
 */
export function huggingFace(options: HuggingFaceOptions): ByteSource & { versions(): FileVersions } {
  return new HuggingFaceRepository(options);
}

/**
 * A repository on Hugging Face, or on a server with the same addresses: {baseUrl}/{repository}/resolve/{revision}/{file}.
 * JSON files are read whole, everything else in ranges, each with its retries. Every answer is compared with the
 * first one about the same file.
 *
 * All methods throw SourceError, each with a name and a sentence; AbortError.
 */
class HuggingFaceRepository implements ByteSource {
  readonly #options: HuggingFaceOptions;
  readonly #folder: string;
  readonly #headers: Record<string, string>;
  readonly #versions = new Map<string, FileVersion>();
  /** Files read whole, until they are taken. */
  readonly #contents = new Map<string, Uint8Array>();

  /** Asks the server nothing yet. @throws AddressError */
  constructor(options: HuggingFaceOptions) {
    this.#options = options;
    this.#folder = folderAddress(options);
    this.#headers = authorization(options, this.#folder);
  }

  versions(): FileVersions {
    return Object.fromEntries(this.#versions);
  }

  async size(file: string, options: ReadOptions = {}): Promise<number | undefined> {
    try {
      return await (file.endsWith(".json") ? this.#fetchWhole(file, options) : this.#probe(file, options));
    } catch (error) {
      // A checkpoint in one file has no index. Any other file that is asked for must be there.
      if (error instanceof NotFoundError && file === INDEX_FILE) return undefined;
      throw error;
    }
  }

  async read(file: string, offset: number, length: number, options: ReadOptions = {}): Promise<Uint8Array> {
    const content = this.#contents.get(file);
    if (content) {
      this.#contents.delete(file);
      return content.subarray(offset, offset + length);
    }
    if (length === 0) return new Uint8Array();
    const onHead = (head: Partial<FileVersion>) => this.#learn(file, head);
    return persistentFetch({ ...this.#request(file, options), range: [offset, offset + length], onHead });
  }

  async #fetchWhole(file: string, options: ReadOptions): Promise<number> {
    let tag: string | undefined;
    const onHead = (head: Partial<FileVersion>) => {
      tag = head.tag;
    };
    const content = await persistentFetch({ ...this.#request(file, options), onHead });
    this.#learn(file, { bytes: content.byteLength, tag });
    this.#contents.set(file, content);
    return content.byteLength;
  }

  async #probe(file: string, options: ReadOptions): Promise<number> {
    const onHead = (head: Partial<FileVersion>) => this.#learn(file, head);
    await persistentFetch({ ...this.#request(file, options), range: [0, PROBE_BYTES], onHead });
    return this.#versions.get(file)?.bytes ?? (await this.#askSize(file, options));
  }

  /** For servers that hide Content-Range from pages; Content-Length is never hidden. */
  async #askSize(file: string, options: ReadOptions): Promise<number> {
    const { fetch, url, headers, signal, file: where } = this.#request(file, options);
    const response = await fetch(url, { method: "HEAD", headers, signal, cache: "no-store" }).catch(
      (cause: unknown) => {
        signal.throwIfAborted();
        throw new ConnectionError(`The connection broke while the server was asked for ${where}.`, { cause });
      },
    );
    const bytes = Number(response.headers.get("content-length"));
    if (!response.ok || !bytes) throw new CheckpointError(`The server does not tell the size of ${where}.`);
    this.#learn(file, { bytes });
    return bytes;
  }

  #learn(file: string, { bytes, tag }: Partial<FileVersion>): void {
    const before = this.#versions.get(file);
    const known = bytes ?? before?.bytes;
    if (known === undefined) return;
    const now = { bytes: known, tag: tag ?? before?.tag };
    if (before) assertSameVersion(file, before, now);
    this.#versions.set(file, now);
  }

  #request(file: string, { signal, onBytes }: ReadOptions): Omit<PersistentRequest, "onHead"> {
    const { fetch = globalThis.fetch.bind(globalThis), repository, revision, patience = PATIENCE } = this.#options;
    return {
      fetch,
      url: `${this.#folder}/${encodeURIComponent(file)}`,
      headers: this.#headers,
      file: `${file} of ${repository} at ${revision}`,
      signal: signal ?? new AbortController().signal,
      onBytes: onBytes ?? (() => undefined),
      patience,
    };
  }
}

function folderAddress({ baseUrl = HUGGING_FACE, repository, revision }: HuggingFaceOptions): string {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || /(^|\/)\.+(\/|$)/.test(repository))
    throw new AddressError(`"${repository}" is no repository; one looks like owner/name.`);
  if (!/^[\w.-][\w./-]*$/.test(revision) || revision.includes(".."))
    throw new AddressError(`"${revision}" is no revision; one is a branch, a tag or a commit.`);
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash)
    throw new AddressError("The server's address must begin with https:// and have no user, ? or #.");
  return `${url.href.replace(/\/+$/, "")}/${repository}/resolve/${encodeURIComponent(revision)}`;
}

function authorization({ token }: HuggingFaceOptions, folder: string): Record<string, string> {
  if (!token) return {};
  if (!/^[\x21-\x7e]+$/.test(token)) throw new AddressError("The token has spaces or letters that no token has.");
  const { protocol, hostname } = new URL(folder);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol !== "https:" && !isLocal)
    throw new AddressError("A token is sent over https:// only; over http:// others could read it.");
  return { Authorization: `Bearer ${token}` };
}
