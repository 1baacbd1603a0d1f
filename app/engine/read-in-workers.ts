import type { Piece } from "@model/weights/format";
import type { PieceReader } from "@model/weights/stored-model";
import type { PieceAnswer, PieceRequest } from "./piece-worker";

/** More do not make it faster: by then the disk, or the way to the graphics card, is what takes long. */
const MOST_WORKERS = 4;

export interface ReadersInWorkers {
  readonly read: PieceReader;
  /** Ends the workers. */
  close(): void;
}

/**
 * Reads a model's pieces in a few workers: browsers hand stored bytes over, and compute hashes, in the thread that asks,
 * which for gigabytes takes seconds. What a worker cannot bring, `otherwise` is asked for, which repairs, or knows why not.
 */
export function readInWorkers(model: string, otherwise: PieceReader): ReadersInWorkers {
  const count = Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency - 1));
  const workers = Array.from({ length: count }, () => createReader());
  let next = 0;
  return {
    async read(piece) {
      const reader = workers[next++ % count];
      return (await reader?.read(model, piece)) ?? otherwise(piece);
    },
    close() {
      for (const worker of workers) worker.close();
    },
  };
}

function createReader() {
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
  return {
    close,
    read(model: string, piece: Piece): Promise<PieceAnswer["bytes"]> {
      if (!isOpen) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const id = asked++;
        waiting.set(id, resolve);
        worker.postMessage({ id, model, piece } satisfies PieceRequest);
      });
    },
  };
}
