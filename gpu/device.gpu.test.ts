import { expect, test } from "vitest";
import { openGpu } from "./device";
import { createMatrix } from "./matrix";
import { checked } from "./recording";

const MIB = 2 ** 20;

test("as small as the smallest device that WebGPU allows, the published LM head is cut into parts", async () => {
  const most = { maxStorageBufferBindingSize: 128 * MIB, maxBufferSize: 256 * MIB };
  const gpu = await openGpu(undefined, { most });
  expect(gpu.device.limits).toMatchObject(most);
  const head = await checked(gpu, "head", () => createMatrix(gpu, "head", "int4", 200_064, 2560));
  expect(head.parts.length).toBeGreaterThan(1);
  for (const { values, scales } of head.parts) {
    expect(values.size).toBeLessThanOrEqual(most.maxStorageBufferBindingSize);
    expect(scales?.size).toBeLessThanOrEqual(most.maxStorageBufferBindingSize);
  }
  gpu.device.destroy();
});
