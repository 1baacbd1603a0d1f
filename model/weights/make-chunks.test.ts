import { expect, test } from "vitest";
import { Checkpoint } from "./checkpoint";
import type { Encode } from "./encode";
import { layOut } from "./layout";
import { makeChunks } from "./make-chunks";
import { readAhead } from "./read-ahead";

const MIB = 2 ** 20;

/** A bfloat16 matrix that is made as it is read. */
function largeTensor(rows: number, cols: number) {
  const byteLength = rows * cols * 2;
  const tensor = { name: "w", dtype: "BF16", shape: [rows, cols], offset: 0, byteLength, file: "one" } as const;
  const source = {
    size: async () => byteLength,
    read: async (_: string, __: number, length: number) => new Uint8Array(length),
  };
  return new Checkpoint(source, new Map([["w", tensor]]));
}

test("holds a few chunks and no more, however large a tensor is", { timeout: 60_000 }, async () => {
  const checkpoint = largeTensor(80_000, 2560);
  const layout = layOut([{ name: "w", shape: [80_000, 2560], format: "int4" }], 8 * MIB);
  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  let most = 0;
  let made = 0;
  // The arithmetic would take a minute and hold nothing.
  const encode: Encode = (_, { length }) => {
    most = Math.max(most, held() - before);
    return { values: new Uint8Array(length / 2), scales: new Uint8Array(length / 16) };
  };
  for await (const { content } of makeChunks(checkpoint, layout, layout.keys(), { encode })) made += content.byteLength;
  expect(made).toBe(80_000 * 2560 * 0.5625);
  // 410 MB of bfloat16 pass through. Garbage that waits for its collection is counted here, as a browser would.
  expect(most).toBeLessThan(200 * MIB);
});

test("makes one chunk alone as it makes it among others", async () => {
  const checkpoint = largeTensor(100, 64);
  const layout = layOut([{ name: "w", shape: [100, 64], format: "int4" }], 500);
  const all = new Map<number, Uint8Array>();
  for await (const { index, content } of makeChunks(checkpoint, layout, layout.keys())) all.set(index, content);
  expect(all.size).toBe(layout.length);
  for await (const { index, content } of makeChunks(checkpoint, layout, [3, 1]))
    expect(content).toEqual(all.get(index));
});

test("reads ahead so far and no further, in order, and lets go when the reader leaves", async () => {
  let under = 0;
  let most = 0;
  const signals: AbortSignal[] = [];
  const work = async (item: number, signal: AbortSignal) => {
    signals.push(signal);
    under += 1;
    most = Math.max(most, under);
    await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
    under -= 1;
    if (item === 9) throw new Error("nine");
    return item * 2;
  };
  const seen: number[] = [];
  const reading = async () => {
    for await (const { item, result } of readAhead(Array.from({ length: 20 }).keys(), 4, work)) {
      expect(result).toBe(item * 2);
      seen.push(item);
    }
  };
  await expect(reading()).rejects.toThrow("nine");
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(most).toBeLessThanOrEqual(4);
  expect(under).toBe(0);
  expect(signals.at(-1)?.aborted).toBe(true);
});
