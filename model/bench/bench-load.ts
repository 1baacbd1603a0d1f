import type { Gpu } from "@gpu/device";
import type { Meter } from "@gpu/measure";
import { checked } from "@gpu/recording";
import { type Manifest, type Piece, sumBytes } from "../weights/format";
import { loadWeights } from "../weights/load";
import { readAhead } from "../weights/read-ahead";
import type { ModelStore } from "../weights/store";
import { type PieceReader, storedPieces } from "../weights/stored-model";
import { allocateWeights } from "../weights/weights";
import { type BenchRow, type BenchTable, figures } from "./report";

/** Threads of the page's that read pieces of the model. */
export interface Readers {
  readonly read: PieceReader;
  /** Pieces to ask for ahead. */
  readonly ahead: number;
  close(): void;
}

/** @param count of threads; as many as the page itself would have unless given. */
export type OpenReaders = (options: { readonly count?: number; readonly verify: boolean }) => Readers;

const COUNTS = [1, 2, 4, 8];

/**
 * How fast a stored model's chunks are read, read and checked, and brought to the GPU: what the page's own way of loading
 * is made of, one step more in each row. What was stored just now lies in the system's file cache, so the disk is not in it.
 *
 * @throws StorageError, ModelFileError; GpuFaultError when the GPU has no room.
 */
export async function benchLoad(
  meter: Meter,
  store: ModelStore,
  model: string,
  manifest: Manifest,
  openReaders: OpenReaders,
): Promise<BenchTable> {
  const { chunks } = manifest;
  const totalBytes = sumBytes(chunks);
  const rows: BenchRow[] = [];
  const time = async (name: string, work: () => Promise<unknown>) => {
    const begun = meter.now();
    await work();
    const ms = meter.now() - begun;
    rows.push({ name, figures: figures({ "GB/s": totalBytes / ms / 1e6, ms, MB: totalBytes / 1e6 }) });
  };
  const timeReaders = async (
    name: string,
    options: Parameters<OpenReaders>[0],
    use: (readers: Readers) => Promise<void>,
  ) => {
    const readers = openReaders(options);
    try {
      await readAll(chunks.slice(0, readers.ahead), readers); // until the threads are there
      await time(name, () => use(readers));
    } finally {
      readers.close();
    }
  };

  for (const verify of [false, true])
    await time(`${nameOf(verify)}, 1 at a time`, () =>
      readAll(chunks, { read: storedPieces(store, model, { verify }), ahead: 1 }),
    );
  for (const verify of [false, true])
    for (const count of COUNTS)
      await timeReaders(`${nameOf(verify)} in ${workers(count)}`, { count, verify }, (readers) =>
        readAll(chunks, readers),
      );

  await withLoader(meter.gpu, manifest, async (load) => {
    await load(zeros(), 1); // what is written to for the first time is cleared before
    await time("nothing read, to the GPU", () => load(zeros(), 1));
    for (const count of COUNTS)
      await timeReaders(`read, checked in ${workers(count)}, to the GPU`, { count, verify: true }, ({ read, ahead }) =>
        load(read, ahead),
      );
    await timeReaders("read, checked, to the GPU, as the page does", { verify: true }, ({ read, ahead }) =>
      load(read, ahead),
    );
  });
  return { title: "From IndexedDB", rows };
}

const nameOf = (verify: boolean): string => (verify ? "read and checked" : "read");
const workers = (count: number): string => (count === 1 ? "1 worker" : `${count} workers`);

async function readAll(chunks: readonly Piece[], { read, ahead }: Omit<Readers, "close">): Promise<void> {
  for await (const { result } of readAhead(chunks, ahead, (chunk) => read(chunk))) void result;
}

/** With a function that loads the model into weights of its own. */
async function withLoader(
  gpu: Gpu,
  manifest: Manifest,
  use: (load: (read: PieceReader, chunksAhead: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const weights = await checked(
    gpu,
    "allocating the weights",
    () => allocateWeights(gpu, manifest.tensors),
    (refused) => refused.destroy(),
  );
  try {
    await use((read, chunksAhead) =>
      checked(gpu, "loading", () => loadWeights(gpu, weights, manifest, read, { chunksAhead })),
    );
  } finally {
    weights.destroy();
  }
}

/** In place of what is stored, at no cost. */
function zeros(): PieceReader {
  let most = new Uint8Array();
  return async ({ bytes }) => {
    if (bytes > most.byteLength) most = new Uint8Array(bytes);
    return most.subarray(0, bytes);
  };
}
