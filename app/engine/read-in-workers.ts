import type { Piece } from "@model/weights/format";
import type { PieceReader } from "@model/weights/stored-model";
import type { PieceAnswer, PieceRequest } from "./piece-worker";

/** More do not make it faster: by then what the browser does in one thread for all of them takes long. */
const MOST_WORKERS = 8;

/** For each worker: one that is being read, and one of which the hash is being computed or that waits for its turn. */
const PIECES_PER_WORKER = 2;

export interface ReadersInWorkers {
  readonly read: PieceReader;
  /** Pieces to ask for ahead, so that no worker is idle. */
  readonly ahead: number;
  /** Ends the workers. */
  close(): void;
}

export interface ReadersOptions {
  /** That will be asked for, about: no worker is begun that would have none. */
  readonly pieces: number;
  /** Of workers; as many as suit the device and the pieces unless given. */
  readonly count?: number;
  /** Compares every SHA-256. By default true; without, for measuring alone. */
  readonly verify?: boolean;
}

/**
 * Reads a model's pieces in a few workers: browsers hand stored bytes over, and compute hashes, in the thread that asks,
 * which for gigabytes takes seconds. What a worker cannot bring, `otherwise` is asked for, which repairs, or knows why not.
 */
export function readInWorkers(
  model: string,
  otherwise: PieceReader,
  { pieces, count = suitableCount(pieces), verify = true }: ReadersOptions,
): ReadersInWorkers {
  const readers = Array.from({ length: count }, () => createReader(model, verify));
  return {
    ahead: PIECES_PER_WORKER * count,
    async read(piece) {
      const idlest = readers.reduce((best, reader) => (reader.waiting() < best.waiting() ? reader : best));
      return (await idlest.read(piece)) ?? otherwise(piece);
    },
    close() {
      for (const reader of readers) reader.close();
    },
  };
}

function suitableCount(pieces: number): number {
  const needed = Math.ceil(pieces / PIECES_PER_WORKER);
  // One thread is the engine's own.
  return Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency - 1, needed));
}

function createReader(model: string, verify: boolean) {
  const worker = new Worker(new URL("./piece-worker.ts", import.meta.url), { type: "module", name: "longhand-reader" });
  const waiting = new Map<number, (bytes: PieceAnswer["bytes"]) => void>();
  let asked = 0;
  let isOpen = true;
  const close = () => {
    isOpen = false;
    worker.terminate();
    for (const answer of waiting.values()) answer(undefined);
  };
  worker.onmessage = ({ data: { id, bytes } }: MessageEvent<PieceAnswer>) => {
    waiting.get(id)?.(bytes);
    waiting.delete(id);
  };
  worker.onerror = close;
  // An answer that cannot be read does not say which piece it was; nobody may wait for ever.
  worker.onmessageerror = close;
  return {
    close,
    /** Pieces asked for and not here yet; a worker that has crashed is asked last. */
    waiting: () => (isOpen ? waiting.size : Number.POSITIVE_INFINITY),
    read(piece: Piece): Promise<PieceAnswer["bytes"]> {
      if (!isOpen) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const id = asked++;
        waiting.set(id, resolve);
        worker.postMessage({ id, model, piece, verify } satisfies PieceRequest);
      });
    },
  };
}
