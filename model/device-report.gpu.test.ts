import { openGpu } from "@gpu/device";
import { expect, test } from "vitest";
import { parseConfig } from "./config";
import { shippedFormat } from "./cost";
import { memoryNeed } from "./device-report";
import { Runner } from "./generation/runner";
import microConfig from "./oracle/fixtures/micro/config.json";
import { tensorPlan } from "./tensor-plan";
import { allocateWeights } from "./weights/weights";

test.each([{ isCard: true }, { isCard: false }])(
  "the need counted ahead is what a session takes in fact, on a graphics card: $isCard",
  async ({ isCard }) => {
    const opened = await openGpu();
    const gpu = { ...opened, adapter: { ...opened.adapter, isFallback: !isCard } };
    const { createBuffer } = gpu.device;
    let takenBytes = 0;
    gpu.device.createBuffer = (descriptor) => {
      takenBytes += descriptor.size;
      return createBuffer.call(gpu.device, descriptor);
    };
    const config = parseConfig(microConfig);
    const stored = tensorPlan(config).map((tensor) => ({ ...tensor, format: shippedFormat(tensor) }));
    const weights = allocateWeights(gpu, stored);
    const sizes = { contextLength: 4096, initialCapacity: 4096, chunk: 256, fullCache: "f16" } as const;
    const runner = new Runner(gpu, config, weights, sizes);

    const { totalBytes, cacheBytes, checkpointBytes } = memoryNeed(config, 4096, shippedFormat);
    // Opened at its full length, the cache has not grown: no smaller copy.
    const uncounted = takenBytes - (totalBytes - cacheBytes / 3);
    // What is only for cards is counted for all. Steps, read-backs and the like are little.
    expect(uncounted).toBeGreaterThan(isCard ? 0 : -0.02 * totalBytes);
    expect(uncounted).toBeLessThan(2 ** 14);
    expect(runner.checkpoints.mostBytes).toBe(checkpointBytes);
    runner.destroy();
    weights.destroy();
    gpu.device.destroy();
  },
);
