import { expect, test } from "vitest";
import { checked } from "./recording";
import { openTestGpu } from "./testing/harness";

test("what was made is given back when WebGPU refuses a part of it, and only then", async () => {
  const gpu = await openTestGpu();
  const make = (size: number) => () => gpu.device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
  const freed: GPUBuffer[] = [];
  const free = (buffer: GPUBuffer) => freed.push(buffer);
  const kept = await checked(gpu, "a buffer", make(16), free);
  expect(freed).toEqual([]);
  kept.destroy();

  const { maxBufferSize } = gpu.device.limits;
  const refused = checked(gpu, "too large a buffer", make(maxBufferSize + 4), free);
  await expect(refused).rejects.toMatchObject({ name: "GpuFaultError" });
  await expect(refused).rejects.toThrow("too large a buffer: ");
  expect(freed).toHaveLength(1);
});

test("what work throws is thrown, unless WebGPU has more to say", async () => {
  const gpu = await openTestGpu();
  const fail = () => {
    throw new RangeError("its own");
  };
  await expect(checked(gpu, "failing", fail)).rejects.toThrow("its own");
  const refused = checked(gpu, "failing", () => {
    gpu.device.createBuffer({ size: gpu.device.limits.maxBufferSize + 4, usage: GPUBufferUsage.STORAGE });
    return fail();
  });
  await expect(refused).rejects.toMatchObject({ name: "GpuFaultError" });
});
