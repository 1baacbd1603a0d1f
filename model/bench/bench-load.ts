import type { Meter } from "@gpu/measure";
import { checked } from "@gpu/recording";
import { type Manifest, type Piece, sumBytes } from "../weights/format";
import { loadWeights } from "../weights/load";
import { readAhead } from "../weights/read-ahead";
import type { ModelStore } from "../weights/store";
import { type PieceReader, storedPieces } from "../weights/stored-model";
import { allocateWeights } from "../weights/weights";
import { type BenchRow, type BenchTable, figures } from "./report";

const WIDTHS = [1, 4, 8];

/**
 * How fast a stored model's chunks are read, read and checked, and brought to the GPU. What was stored just now lies in
 * the system's file cache, so the disk is not in it.
 *
 * @throws StorageError, ModelFileError; GpuFaultError when the GPU has no room.
 */
export async function benchLoad(
  meter: Meter,
  store: ModelStore,
  model: string,
  manifest: Manifest,
): Promise<BenchTable> {
  const unchecked = storedPieces(store, model, { verify: false });
  const verified = storedPieces(store, model);
  const totalBytes = sumBytes(manifest.chunks);
  const rows: BenchRow[] = [];
  const time = async (name: string, work: () => Promise<unknown>) => {
    const begun = meter.now();
    await work();
    const ms = meter.now() - begun;
    rows.push({ name, figures: figures({ "GB/s": totalBytes / ms / 1e6, ms, MB: totalBytes / 1e6 }) });
  };
  for (const width of WIDTHS) {
    await time(`read, ${width} at a time`, () => readAll(manifest.chunks, width, unchecked));
    await time(`read and checked, ${width} at a time`, () => readAll(manifest.chunks, width, verified));
  }
  const { gpu } = meter;
  const weights = await checked(
    gpu,
    "allocating the weights",
    () => allocateWeights(gpu, manifest.tensors),
    (refused) => refused.destroy(),
  );
  try {
    const load = () => checked(gpu, "loading", () => loadWeights(gpu, weights, manifest, verified));
    await time("read, checked, to the GPU", load);
    await time("the same again", load);
  } finally {
    weights.destroy();
  }
  return { title: "From IndexedDB", rows };
}

async function readAll(chunks: readonly Piece[], width: number, read: PieceReader): Promise<void> {
  for await (const { result } of readAhead(chunks, width, (chunk) => read(chunk))) void result;
}
