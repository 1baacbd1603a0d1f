import { openGpu } from "@gpu/device";
import { expect, test } from "vitest";
import { parseConfig } from "./config";
import { shippedFormat } from "./cost";
import { memoryNeed } from "./device-report";
import { openSession } from "./generation/open-session";
import microConfig from "./oracle/fixtures/micro/config.json";
import { tensorPlan } from "./tensor-plan";
import { allocateWeights } from "./weights/weights";

test("the need counted ahead is what a session takes in fact", async () => {
  const gpu = await openGpu();
  const { createBuffer } = gpu.device;
  let takenBytes = 0;
  gpu.device.createBuffer = (descriptor) => {
    takenBytes += descriptor.size;
    return createBuffer.call(gpu.device, descriptor);
  };
  const config = parseConfig(microConfig);
  const format = shippedFormat;
  const stored = tensorPlan(config).map((tensor) => ({ ...tensor, format: format(tensor) }));
  const weights = allocateWeights(gpu, stored);
  const session = await openSession(gpu, config, weights, { contextLength: 4096, initialCapacity: 4096 });

  const { totalBytes, cacheBytes, checkpointBytes } = memoryNeed(config, 4096, format);
  // Opened at its full length, the cache has not grown: no smaller copy. Steps, read-backs and the like are little.
  const counted = totalBytes - cacheBytes / 3;
  expect(takenBytes).toBeGreaterThan(counted * 0.98);
  expect(takenBytes).toBeLessThan(counted * 1.05 + 2 ** 18);
  expect(session.runner.checkpoints.mostBytes).toBe(checkpointBytes);
  session.destroy();
  weights.destroy();
  gpu.device.destroy();
});
