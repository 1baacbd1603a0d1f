import { beforeAll, expect, test } from "vitest";
import type { Gpu } from "./device";
import { tryAllocation } from "./try-allocation";

beforeAll(() => {
  Object.assign(globalThis, { GPUBufferUsage: { STORAGE: 128, COPY_DST: 8 } });
});

/** A device that has this much memory, with the parts of WebGPU that a trial uses. */
function deviceOf(memoryBytes: number, { maxBufferSize = 2 ** 31, losesItself = false } = {}) {
  let freeBytes = memoryBytes;
  const sizes: number[] = [];
  let error: GPUError | null = null;
  let lose: (info: { reason: string; message: string }) => void = () => {};
  const lost = new Promise<{ reason: string; message: string }>((resolve) => {
    lose = resolve;
  });
  const device = {
    limits: { maxBufferSize },
    lost,
    queue: { submit() {}, onSubmittedWorkDone: async () => undefined },
    pushErrorScope() {},
    async popErrorScope() {
      if (losesItself && error) return new Promise(() => {});
      const found = error;
      error = null;
      return found;
    },
    createCommandEncoder: () => ({ clearBuffer() {}, finish: () => ({}) }),
    createBuffer({ size }: { size: number }) {
      sizes.push(size);
      freeBytes -= size;
      if (freeBytes < 0) error = { message: "out of memory" } as GPUError;
      if (freeBytes < 0 && losesItself) lose({ reason: "unknown", message: "" });
      return { destroy: () => (freeBytes += size) };
    },
  };
  return { gpu: { device } as unknown as Gpu, sizes, freeBytes: () => freeBytes };
}

test("takes all of it in pieces, and gives it back", async () => {
  const { gpu, sizes, freeBytes } = deviceOf(1000);
  expect(await tryAllocation(gpu, 1000, { pieceBytes: 400 })).toEqual({ isEnough: true, allocatedBytes: 1000 });
  expect(sizes).toEqual([400, 400, 200]);
  expect(freeBytes()).toBe(1000);
});

test("says how much there was when the device refuses, and gives that back", async () => {
  const { gpu, freeBytes } = deviceOf(900);
  expect(await tryAllocation(gpu, 2000, { pieceBytes: 400 })).toEqual({
    isEnough: false,
    allocatedBytes: 800,
    reason: "out of memory",
  });
  expect(freeBytes()).toBe(900);
});

test("a device that is lost over it has refused", async () => {
  const { gpu } = deviceOf(900, { losesItself: true });
  const trial = await tryAllocation(gpu, 2000, { pieceBytes: 400 });
  expect(trial).toMatchObject({ isEnough: false, allocatedBytes: 800, reason: "the device was lost (unknown)" });
});

test("no piece is larger than the device's largest buffer", async () => {
  const { gpu, sizes } = deviceOf(10_000, { maxBufferSize: 256 });
  await tryAllocation(gpu, 1000);
  expect(sizes).toEqual([256, 256, 256, 232]);
});

test("an abort frees what was taken", async () => {
  const { gpu, freeBytes } = deviceOf(1000);
  await expect(tryAllocation(gpu, 1000, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  expect(freeBytes()).toBe(1000);
});
