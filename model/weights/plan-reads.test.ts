import { expect, test } from "vitest";
import { Checkpoint, type CheckpointTensor } from "./checkpoint";
import { layOut } from "./layout";
import { planReads } from "./plan-reads";
import type { StoredTensor } from "./stored-tensor";

const MIB = 2 ** 20;

interface Placed extends StoredTensor {
  file?: string;
  dtype?: "BF16" | "F32";
  offset: number;
}

function checkpointOf(tensors: readonly Placed[]): Checkpoint {
  const placed = tensors.map(({ name, shape, file = "one", dtype = "BF16", offset }): [string, CheckpointTensor] => {
    const elements = shape.reduce((product, size) => product * size, 1);
    return [name, { name, shape, file, dtype, offset, byteLength: elements * (dtype === "F32" ? 4 : 2) }];
  });
  const source = { size: async () => undefined, read: async () => new Uint8Array() };
  return new Checkpoint(source, new Map(placed));
}

const vector = (name: string, size: number, offset: number, file = "one"): Placed => {
  return { name, shape: [size], format: "f32", offset, file };
};

function plan(tensors: readonly Placed[], chunkBytes = 8 * MIB) {
  const layout = layOut(tensors, chunkBytes);
  return [...planReads(checkpointOf(tensors), layout, layout.keys())];
}

test("neighbours in the file come together, in the order of the file; others do not", () => {
  const [c, a, b] = [vector("c", 10, 140), vector("a", 20, 100), vector("b", 5, 180)];
  const reads = plan([b, c, a, vector("d", 4, 160, "two")]);
  expect(reads.map(({ span }) => span)).toEqual([
    { file: "one", begin: 100, end: 160 },
    { file: "one", begin: 180, end: 190 },
    { file: "two", begin: 160, end: 168 },
  ]);
  expect(reads[0]?.runs.map(({ slab, begin, end }) => [slab.tensor.name, begin, end])).toEqual([
    ["a", 0, 40],
    ["c", 40, 60],
  ]);
  expect(reads.map(({ isLastOfChunk }) => isLastOfChunk)).toEqual([false, false, true]);
});

test("a large tensor after a small one fills what is left of the first read", () => {
  const reads = plan([vector("norm", 1280, 0), { name: "w", shape: [4000, 2560], format: "int4", offset: 2560 }]);
  const sizes = reads.map(({ span }) => span.end - span.begin);
  const rowBytes = 2 * 2560;
  expect(sizes).toEqual([2560 + 2047 * rowBytes, 1953 * rowBytes]);
  const runs = reads.flatMap((read) => read.runs);
  expect(runs.map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
    [0, 1280],
    [0, 819],
    [819, 819],
    [1638, 409],
    [2047, 819],
    [2866, 819],
    [3685, 315],
  ]);
});

test("every row of every chunk is read once, and nothing else, in reads of 10 MiB at the most", () => {
  const tensors: Placed[] = [
    { name: "w", shape: [7000, 2560], format: "int4", offset: 8 },
    { name: "A", shape: [5120, 16], format: "f32", dtype: "F32", offset: 0, file: "two" },
    { name: "x", shape: [192, 5120], format: "f16", offset: 5120 * 16 * 4, file: "two" },
    vector("norm", 2560, 8 + 7000 * 2560 * 2),
  ];
  const layout = layOut(tensors, 3 * MIB);
  const checkpoint = checkpointOf(tensors);
  for (const [index, slabs] of layout.entries()) {
    const reads = [...planReads(checkpoint, layout, [index])];
    for (const { span, runs } of reads) {
      expect(span.end - span.begin).toBeLessThanOrEqual(10 * MIB);
      expect(runs[0]?.begin).toBe(0);
      expect(runs.at(-1)?.end).toBe(span.end - span.begin);
      for (const [i, run] of runs.entries()) expect(run.begin).toBe(runs[i - 1]?.end ?? 0);
    }
    for (const slab of slabs) {
      const rows = reads.flatMap(({ runs }) => runs.filter((run) => run.slab === slab).map((run) => run.rows));
      expect(rows.reduce((sum, count) => sum + count, 0)).toBe(slab.rows);
    }
    expect(reads.filter(({ isLastOfChunk }) => isLastOfChunk)).toEqual([reads.at(-1)]);
  }
});

test("a row that is longer than a read is read at once", () => {
  const [read, ...others] = plan([{ name: "w", shape: [2, 8 * MIB], format: "int4", offset: 0 }]);
  expect(read?.span).toEqual({ file: "one", begin: 0, end: 16 * MIB });
  expect(others).toHaveLength(1);
});
