import { expect, test, vi } from "vitest";
import { fmaPeak } from "./kernels/fma-peak/fma-peak";
import { medianMs, passesMs } from "./measure";
import { createTensor } from "./tensor";
import { openTestGpu } from "./testing/harness";

test.each([
  { clock: "timestamps", submits: 1 },
  { clock: "the time from submit to end", submits: 3 },
])("passes are timed by $clock, each by itself", async ({ clock, submits }) => {
  const gpu = await openTestGpu();
  const out = createTensor(gpu, "out", [256]);
  const recording = [fmaPeak(gpu, { out, rounds: 1 })];
  const features = new Set(clock === "timestamps" ? ["timestamp-query"] : []);
  vi.spyOn(gpu.device, "features", "get").mockReturnValue(features as unknown as GPUSupportedFeatures);
  const submit = vi.spyOn(gpu.device.queue, "submit");
  const passes = [1, 20, 1].map((repeat) => ({ recording, repeat }));
  const times = await passesMs({ gpu, now: () => performance.now() }, passes);
  expect(submit).toHaveBeenCalledTimes(submits);
  expect(times).toHaveLength(3);
  for (const ms of times) expect(ms).toBeGreaterThanOrEqual(0);
  vi.restoreAllMocks();
  out.buffer.destroy();
});

test("a run that a coarse clock calls instant is repeated as if it took a hundredth of a millisecond", async () => {
  const gpu = await openTestGpu();
  const out = createTensor(gpu, "out", [256]);
  vi.spyOn(gpu.device, "features", "get").mockReturnValue(new Set() as unknown as GPUSupportedFeatures);
  const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, "dispatchWorkgroups").mockReturnValue(undefined);
  const meter = { gpu, now: () => 0 };
  expect(await medianMs(meter, [fmaPeak(gpu, { out, rounds: 1 })], { sampleMs: 2 })).toBe(0);
  // One that compiles and one to tell how long it takes; then five samples.
  expect(dispatch).toHaveBeenCalledTimes(2 + 5 * 200);
  vi.restoreAllMocks();
  out.buffer.destroy();
});
