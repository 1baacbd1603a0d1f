import { expect, test } from "vitest";
import type { Epilogue } from "../../epilogue";
import { createTensor } from "../../tensor";
import { expectClose, openTestGpu, POISON, randomTensor, run, stepOf, tensorOf } from "../../testing/harness";
import { randomF16 } from "../../testing/random-matrix";
import { matmulMerge } from "./matmul-merge";
import { matmulMergeReference } from "./matmul-merge.reference";

/** f32 sums of five numbers of at most 2, rounded once each; two of them are multiplied in swiglu. */
const TOLERANCE = { relative: 2e-5, absolute: 5 * 10 * 2 ** -22 };

// Rows that fill no workgroup, fewer tokens than there is room for, a bias that begins further on, a wider out.
test.each<Epilogue["kind"]>(["store", "add", "swiglu", "gate"])(
  "matches the reference with epilogue %s",
  async (kind) => {
    const gpu = await openTestGpu();
    const [capacity, tokens, splits, rows, spare, offset] = [9, 6, 3, 78, 5, 4];
    const outputs = kind === "swiglu" ? rows / 2 : rows;
    const step = stepOf(gpu, { tokens });
    const partials = randomTensor(gpu, "partials", [capacity, splits * rows], 1);
    const bias = randomTensor(gpu, "bias", [offset + rows], 2);
    const gate = randomTensor(gpu, "gate", [capacity, outputs], 3);
    const stride = outputs + spare;
    const before = randomTensor(gpu, "before", [tokens, outputs], 4).values;
    const wide = (values: Float32Array) =>
      Float32Array.from({ length: capacity * stride }, (_, i) => {
        const [token, column] = [Math.floor(i / stride), i % stride];
        return token < tokens && column < outputs ? (values[token * outputs + column] ?? Number.NaN) : POISON;
      });
    const out = tensorOf(gpu, "out", [capacity, stride], wide(before));
    const epilogue: Epilogue = kind === "gate" ? { kind, gate } : { kind };
    const weight = randomF16(gpu, [rows, 2], 5);
    const tensors = { step, weight, partials, splits, bias, biasOffset: offset, out, epilogue };

    const actual = await run(gpu, () => matmulMerge(gpu, tensors), out, capacity);

    const expected = matmulMergeReference({
      partials: partials.values.subarray(0, tokens * splits * rows),
      splits,
      rows,
      bias: bias.values.subarray(offset),
      epilogue: kind,
      before,
      gate: gate.values,
    });
    expectClose(actual, wide(expected), TOLERANCE);
  },
);

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const weight = randomF16(gpu, [8, 32], 1);
  const partials = createTensor(gpu, "partials", [2, 16]);
  const epilogue = { kind: "store" } as const;
  const out = createTensor(gpu, "out", [2, 8]);
  expect(() => matmulMerge(gpu, { step, weight, partials, splits: 3, out, epilogue })).toThrow(
    "partials has shape (2, 16), expected (2, 24)",
  );
  const narrow = createTensor(gpu, "out", [2, 7]);
  expect(() => matmulMerge(gpu, { step, weight, partials, splits: 2, out: narrow, epilogue })).toThrow(
    "out has shape (2, 7), expected (tokens, at least 8)",
  );
});
