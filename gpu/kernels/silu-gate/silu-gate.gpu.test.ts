import { expect, test } from "vitest";
import { createTensor } from "../../tensor";
import { expectClose, openTestGpu, POISON, poisonedTensor, randomTensor, run, stepOf } from "../../testing/harness";
import { siluGate } from "./silu-gate";
import { siluGateReference } from "./silu-gate.reference";

test.each([
  { tokens: 1, size: 64 },
  { tokens: 1, size: 5120 }, // published innerSize
  { tokens: 7, size: 769 }, // does not fill the last workgroup
])("matches the reference for ($tokens, $size)", async ({ tokens, size }) => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { tokens });
  const x = randomTensor(gpu, "x", [tokens, size], 1);
  const gate = randomTensor(gpu, "gate", [tokens, size], 2, 100);
  const out = poisonedTensor(gpu, "out", [tokens, size]);

  const actual = await run(gpu, () => siluGate(gpu, { step, x, gate, out }), out, tokens);

  expectClose(actual, siluGateReference(x.values, gate.values), { relative: 1e-5, absolute: 1e-6 });
});

test("reads the gate from the right half of a wider tensor, and leaves rows past step.tokens alone", async () => {
  const gpu = await openTestGpu();
  const [capacity, tokens, size] = [5, 3, 70];
  const step = stepOf(gpu, { tokens });
  const x = randomTensor(gpu, "x", [capacity, size], 3);
  const gate = randomTensor(gpu, "gate", [capacity, 2 * size], 4);
  const out = poisonedTensor(gpu, "out", [capacity, size]);

  const actual = await run(gpu, () => siluGate(gpu, { step, x, gate, out, gateOffset: size }), out, capacity);

  const right = Float32Array.from(
    x.values,
    (_, i) => gate.values[Math.floor(i / size) * 2 * size + size + (i % size)] ?? 0,
  );
  const expected = siluGateReference(x.values, right).fill(POISON, tokens * size);
  expectClose(actual, expected, { relative: 1e-5, absolute: 1e-6 });
});

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const x = createTensor(gpu, "x", [2, 8]);
  const gate = createTensor(gpu, "gate", [2, 4]);
  const out = createTensor(gpu, "out", [2, 8]);
  expect(() => siluGate(gpu, { step, x, gate, out })).toThrow("gate has 4 columns, expected at least 8");
});
