import { test } from "vitest";
import { expectClose, openTestGpu, poisonedTensor, run } from "../../testing/harness";
import { fmaPeak } from "./fma-peak";
import { fmaPeakReference } from "./fma-peak.reference";

test("does every round in every invocation", async () => {
  const gpu = await openTestGpu();
  const out = poisonedTensor(gpu, "out", [512]);

  const actual = await run(gpu, () => fmaPeak(gpu, { out, rounds: 100 }), out);

  // 100 rounds of f32 rounding, 2⁻²⁴ each.
  expectClose(actual, fmaPeakReference(512, 100), { relative: 1e-5, absolute: 0 });
});
