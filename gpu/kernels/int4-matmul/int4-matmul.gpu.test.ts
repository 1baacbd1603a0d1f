import { expect, test } from "vitest";
import type { Epilogue } from "../../epilogue";
import type { MatmulPath } from "../../matmul";
import { sliceRows } from "../../matrix";
import { createTensor } from "../../tensor";
import { expectClose, openTestGpu, POISON, poisonedTensor, randomTensor, run, stepOf } from "../../testing/harness";
import { randomInt4 } from "../../testing/random-matrix";
import { int4Matmul, int4MatmulSplit } from "./int4-matmul";
import { int4MatmulReference } from "./int4-matmul.reference";

type Kind = Epilogue["kind"];

interface Case {
  tokens: number;
  rows: number;
  cols: number;
  kind: Kind;
  path?: MatmulPath;
  hasBias?: boolean;
  partRows?: number;
}

async function check(given: Case): Promise<void> {
  const { tokens, rows, cols, kind, path, hasBias = true, partRows } = given;
  const gpu = await openTestGpu();
  const outputs = kind === "swiglu" ? rows / 2 : rows;
  const step = stepOf(gpu, { tokens });
  const weight = randomInt4(gpu, [rows, cols], 1, partRows);
  const x = randomTensor(gpu, "x", [tokens, cols], 3, 1);
  const bias = hasBias ? randomTensor(gpu, "bias", [rows], 4) : undefined;
  const gate = randomTensor(gpu, "gate", [tokens, outputs], 5);
  const out = randomTensor(gpu, "out", [tokens, outputs], 6);
  const epilogue: Epilogue = kind === "gate" ? { kind, gate } : { kind };

  const actual = await run(gpu, () => int4Matmul(gpu, { step, weight, x, bias, out, epilogue }, path), out, tokens);

  const input = { weight, x: x.values, bias: bias?.values, epilogue: kind, before: out.values, gate: gate.values };
  expectClose(actual, int4MatmulReference(input), tolerance(cols));
}

/** f32 sums of `cols` products of at most 8 · 0.15, rounded once each; two of them are multiplied in swiglu. */
const tolerance = (cols: number) => ({ relative: 2e-5, absolute: cols * 8 * 0.15 * 2 ** -22 });

test.each<Kind>(["store", "add", "swiglu", "gate"])("matches the reference with epilogue %s, direct", (kind) =>
  check({ tokens: 7, rows: 78, cols: 96, kind, path: "direct" }),
);

// More than one tile on both axes, with tails on both. One epilogue: compiling this path takes the software adapter long.
test("matches the reference, tiled", () => check({ tokens: 70, rows: 78, cols: 96, kind: "swiglu", path: "tiled" }));

test.each([
  { tokens: 1, rows: 2, cols: 32 }, // the smallest
  { tokens: 5, rows: 384, cols: 1536 }, // tiny fc2
  { tokens: 6, rows: 16, cols: 10240 }, // published fc2, a slice
])("matches the reference for $tokens tokens of ($rows, $cols) without a bias", (size) =>
  check({ ...size, kind: "gate", hasBias: false }),
);

test("writes the columns of each part", () => check({ tokens: 3, rows: 70, cols: 64, kind: "gate", partRows: 32 }));

test.each<MatmulPath>(["direct", "tiled"])(
  "takes a slice of a matrix, its share of the bias, wider x and out, and leaves the rest alone, %s",
  async (path) => {
    const gpu = await openTestGpu();
    const [capacity, tokens, rows, cols, first, count] = [9, 5, 40, 64, 10, 24];
    const step = stepOf(gpu, { tokens });
    const weight = randomInt4(gpu, [rows, cols], 7);
    const wide = randomTensor(gpu, "x", [capacity, cols + 8], 8, 1);
    const bias = randomTensor(gpu, "bias", [rows], 9);
    const out = poisonedTensor(gpu, "out", [capacity, count + 3]);
    const slice = sliceRows(weight, "slice", first, count);
    const tensors = {
      step,
      weight: slice,
      x: wide,
      bias,
      biasOffset: first,
      out,
      epilogue: { kind: "store" },
    } as const;

    const actual = await run(gpu, () => int4Matmul(gpu, tensors, path), out, capacity);

    const x = Float32Array.from({ length: tokens * cols }, (_, i) => {
      return wide.values[Math.floor(i / cols) * (cols + 8) + (i % cols)] ?? Number.NaN;
    });
    const none = new Float32Array();
    const all = int4MatmulReference({ weight, x, bias: bias.values, epilogue: "store", before: none, gate: none });
    const expected = new Float32Array(capacity * (count + 3)).fill(POISON);
    for (let token = 0; token < tokens; token++) {
      expected.set(all.subarray(token * rows + first, token * rows + first + count), token * (count + 3));
    }
    expectClose(actual, expected, tolerance(cols));
  },
);

// Five groups in two splits, three and two; more than one tile on both axes; a matrix in parts.
test("leaves the sums of each split by themselves", async () => {
  const gpu = await openTestGpu();
  const [tokens, rows, cols, splits, splitColumns] = [70, 78, 160, 2, 96];
  const step = stepOf(gpu, { tokens });
  const weight = randomInt4(gpu, [rows, cols], 1, 68);
  const x = randomTensor(gpu, "x", [tokens, cols], 3, 1);
  const partials = poisonedTensor(gpu, "partials", [tokens, splits * rows]);

  const actual = await run(gpu, () => int4MatmulSplit(gpu, { step, weight, x, partials, splits }), partials, tokens);

  const none = new Float32Array();
  const expected = new Float32Array(tokens * splits * rows);
  for (let split = 0; split < splits; split++) {
    const own = x.values.map((value, i) => (Math.floor((i % cols) / splitColumns) === split ? value : 0));
    const sums = int4MatmulReference({ weight, x: own, epilogue: "store", before: none, gate: none });
    for (let token = 0; token < tokens; token++)
      expected.set(sums.subarray(token * rows, (token + 1) * rows), (token * splits + split) * rows);
  }
  expectClose(actual, expected, tolerance(cols));
});

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const step = stepOf(gpu);
  const weight = randomInt4(gpu, [8, 32], 1);
  const out = createTensor(gpu, "out", [2, 8]);
  const epilogue = { kind: "store" } as const;
  const narrow = createTensor(gpu, "x", [2, 28]);
  expect(() => int4Matmul(gpu, { step, weight, x: narrow, out, epilogue })).toThrow(
    "x has shape (2, 28), expected (tokens, at least 32)",
  );
  const x = createTensor(gpu, "x", [3, 32]);
  expect(() => int4Matmul(gpu, { step, weight, x, out, epilogue })).toThrow("out rows has shape (2), expected (3)");
});
