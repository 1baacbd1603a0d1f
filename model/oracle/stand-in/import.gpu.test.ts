import { type Gpu, openGpu } from "@gpu/device";
import { getModel } from "@model/library/get-model";
import { tensorPlan } from "@model/tensor-plan";
import type { ByteSource } from "@model/weights/checkpoint";
import { type Encode, encodeRun } from "@model/weights/encode";
import { encodeOnGpu } from "@model/weights/encode-on-gpu";
import type { Manifest } from "@model/weights/format";
import { importModel } from "@model/weights/import";
import { sha256 } from "@model/weights/sha256";
import { type ModelStore, openModelStore } from "@model/weights/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import micro from "../fixtures/micro/config.json";
import { formulaRepository } from "./repository";

const DATABASE = "import-test";
const RECIPE = {
  name: "formula",
  description: "Formula weights.",
  origin: "a test",
  licence: "MIT",
  matrices: "int4",
  embedding: "int4",
  chunkBytes: 2 ** 18,
} as const;

const files = formulaRepository(micro, 2);
const source: ByteSource = {
  size: async (name) => files.get(name)?.bytes,
  read: async (name, offset, length) => files.get(name)?.read(offset, offset + length) ?? new Uint8Array(),
};

let store: ModelStore;
let gpu: Gpu;

beforeEach(async () => {
  indexedDB.deleteDatabase(DATABASE);
  store = await openModelStore(DATABASE);
  gpu = await openGpu();
});

afterEach(() => {
  vi.restoreAllMocks();
  store.close();
  gpu.device.destroy();
});

const importWith = (encode: Encode, model: string): Promise<Manifest> =>
  importModel({ source, origin: { kind: "picked" }, plan: tensorPlan, recipe: RECIPE, model, store, encode });

/** Every piece that a manifest lists is stored as it says. */
async function expectStored(model: string, { chunks }: Manifest): Promise<void> {
  for (const piece of chunks) {
    const bytes = await store.get(model, piece.sha256);
    expect(bytes && (await sha256(bytes))).toBe(piece.sha256);
  }
}

/** Counts runs, and does something before one of them. */
function counted(encode: Encode, at = -1, work = () => {}): Encode & { runs: number } {
  const counting = Object.assign(
    (...run: Parameters<Encode>) => {
      if (counting.runs++ === at) work();
      return encode(...run);
    },
    { runs: 0 },
  );
  return counting;
}

test("an import on the GPU stores the bytes of one on the CPU", async () => {
  const warn = vi.spyOn(console, "warn");
  const submit = vi.spyOn(gpu.device.queue, "submit");
  const expected = await importWith(encodeRun, "cpu");
  expect(submit).not.toHaveBeenCalled();
  const onGpu = await importWith(await encodeOnGpu(gpu), "gpu");
  expect(submit.mock.calls.length).toBeGreaterThan(20);
  expect(onGpu).toEqual(expected);
  await expectStored("gpu", onGpu);
  expect(warn).not.toHaveBeenCalled();
});

test("getting a model uses the GPU unless that is software; the bytes are the same", async () => {
  const submit = vi.spyOn(GPUQueue.prototype, "submit");
  const picked = [...files].map(([name, { bytes, read }]) => new File([new Uint8Array(read(0, bytes))], name));
  const get = async (model: string) => {
    const source = { kind: "picked", files: picked } as const;
    await getModel({ store, model, source, signal: new AbortController().signal, onProgress: () => {} });
    return (await store.manifest(model)) as Manifest;
  };
  const onCpu = await get("cpu");
  expect(submit).not.toHaveBeenCalled();
  vi.spyOn(GPUAdapterInfo.prototype, "isFallbackAdapter", "get").mockReturnValue(false);
  const onGpu = await get("gpu");
  expect(submit).toHaveBeenCalled();
  expect(onGpu.chunks).toEqual(onCpu.chunks);
  await expectStored("gpu", onGpu);
});

test("a device that is lost on the way costs nothing: the CPU goes on from there", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const expected = await importWith(encodeRun, "cpu");
  const encode = counted(await encodeOnGpu(gpu), 20, () => gpu.device.destroy());
  const survived = await importWith(encode, "gpu");
  expect(encode.runs).toBeGreaterThan(40);
  expect(survived).toEqual(expected);
  await expectStored("gpu", survived);
  expect(warn).toHaveBeenCalledOnce();
});

test("a device that is lost while it computes", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const encode = await encodeOnGpu(gpu);
  const values = Float32Array.from({ length: 2 ** 16 }, (_, i) => Math.sin(i));
  const encoding = encode("int4", values);
  gpu.device.destroy();
  expect(await encoding).toEqual(encodeRun("int4", values));
  expect(await encode("int4", values)).toEqual(encodeRun("int4", values));
});

test("a device that computes something else is not trusted", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const { queue } = gpu.device;
  const write = queue.writeBuffer.bind(queue);
  vi.spyOn(queue, "writeBuffer").mockImplementation((buffer, offset, ...content) => {
    if (buffer.label !== "import source") write(buffer, offset, ...content);
  });
  const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
  const encode = await encodeOnGpu(gpu);
  expect(warn).toHaveBeenCalledOnce();
  expect(await encode("int4", values)).toEqual(encodeRun("int4", values));
});

test("runs of any length, and values that cannot be stored", async () => {
  const encode = await encodeOnGpu(gpu);
  for (const groups of [1, 2, 7, 2 ** 16 + 2]) {
    const values = Float32Array.from({ length: groups * 32 }, (_, i) => Math.fround(Math.sin(i * i)));
    expect(await encode("int4", values)).toEqual(encodeRun("int4", values));
  }
  expect(await encode("f32", Float32Array.of(1, 2))).toEqual(encodeRun("f32", Float32Array.of(1, 2)));
  const broken = new Float32Array(256).fill(1).fill(Number.NaN, 77, 79);
  await expect(encode("int4", broken)).rejects.toThrow("element 77 is NaN, which int4 cannot hold");
});

test("takes no more GPU memory than its buffers, however much is imported", async () => {
  const create = vi.spyOn(gpu.device, "createBuffer");
  const encode = await encodeOnGpu(gpu);
  const bytes = () => create.mock.calls.reduce((sum, [{ size }]) => sum + size, 0);
  const atFirst = bytes();
  await importWith(encode, "gpu");
  expect(bytes()).toBe(atFirst);
  expect(atFirst).toBeLessThan(12 * 2 ** 20);
});
