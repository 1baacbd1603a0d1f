import { expect, test } from "vitest";
import { createTensor } from "../../tensor";
import { openTestGpu, poisonedTensor, randomTensor, run, stepOf } from "../../testing/harness";
import { takeLast } from "./take-last";
import { takeLastReference } from "./take-last.reference";

test.each([
  { capacity: 1, tokens: 1, size: 384 }, // tiny hiddenSize, decode
  { capacity: 7, tokens: 5, size: 2560 }, // published hiddenSize, rows past the last token
  { capacity: 4, tokens: 4, size: 257 }, // one column in the last workgroup
])("copies row $tokens of ($capacity, $size)", async ({ capacity, tokens, size }) => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { tokens });
  const rows = randomTensor(gpu, "rows", [capacity, size], 1);
  const out = poisonedTensor(gpu, "out", [1, size]);

  const actual = await run(gpu, () => takeLast(gpu, { step, rows, out }), out, tokens);

  expect(actual).toEqual(takeLastReference(rows.values, size, tokens));
});

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const rows = createTensor(gpu, "rows", [2, 8]);
  const out = createTensor(gpu, "out", [2, 8]);
  expect(() => takeLast(gpu, { step: stepOf(gpu), rows, out })).toThrow("out has shape (2, 8), expected (1, 8)");
});
