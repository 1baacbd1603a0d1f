import { expect, test } from "vitest";
import { sliceRows } from "../../matrix";
import { createTensor, type Tensor, upload } from "../../tensor";
import { expectClose, openTestGpu, POISON, poisonedTensor, run, stepOf } from "../../testing/harness";
import { randomF16, randomInt4 } from "../../testing/random-matrix";
import { embedding } from "./embedding";
import { embeddingReference } from "./embedding.reference";

// An f16 value is exact in f32; an int4 one is a single product, exact too.
const EXACT = { relative: 0, absolute: 0 };
const MAKERS = { int4: randomInt4, f16: randomF16 };

interface Case {
  format: keyof typeof MAKERS;
  rows: number;
  cols: number;
  ids: number[];
  tokens?: number;
  partRows?: number;
}

async function check({ format, rows, cols, ids, tokens = ids.length, partRows }: Case): Promise<void> {
  const gpu = await openTestGpu();
  const step = stepOf(gpu, { tokens });
  const table = MAKERS[format](gpu, [rows, cols], 1, partRows);
  const idTensor: Tensor = createTensor(gpu, "ids", [ids.length], "u32");
  upload(gpu, idTensor, Uint32Array.from(ids));
  const out = poisonedTensor(gpu, "out", [ids.length, cols]);

  const actual = await run(gpu, () => embedding(gpu, { step, ids: idTensor, table, out }), out, ids.length);

  const before = new Float32Array(ids.length * cols).fill(POISON);
  expectClose(actual, embeddingReference(table, Uint32Array.from(ids.slice(0, tokens)), before), EXACT);
}

test.each([
  { format: "int4", rows: 1024, cols: 384, ids: [0, 1023, 511] }, // tiny
  { format: "f16", rows: 1024, cols: 384, ids: [0, 1023, 511] },
  { format: "int4", rows: 500, cols: 2560, ids: [499] }, // published, a slice
  { format: "int4", rows: 6, cols: 32, ids: [4, 4, 1] }, // scales of neighbouring rows share a word
  { format: "f16", rows: 5, cols: 6, ids: [4, 4, 1] },
] as const)("looks up rows of a ($rows, $cols) table in $format", (given) => check({ ...given, ids: [...given.ids] }));

test.each(["int4", "f16"] as const)("finds each id in its part, %s", (format) =>
  check({ format, rows: 20, cols: 64, ids: [0, 7, 8, 15, 16, 19], partRows: 8 }),
);

test.each(["int4", "f16"] as const)(
  "writes nothing for ids beyond the vocabulary and rows past step.tokens, %s",
  (format) => check({ format, rows: 20, cols: 64, ids: [3, 20, 0xffffffff, 5, 6], tokens: 4, partRows: 8 }),
);

test("reads a slice of a table", async () => {
  const gpu = await openTestGpu();
  const whole = randomF16(gpu, [20, 8], 2);
  const table = sliceRows(whole, "slice", 12, 4);
  const ids = createTensor(gpu, "ids", [1], "u32");
  upload(gpu, ids, Uint32Array.of(3));
  const out = poisonedTensor(gpu, "out", [1, 8]);

  const actual = await run(gpu, () => embedding(gpu, { step: stepOf(gpu), ids, table, out }), out);

  expectClose(actual, embeddingReference(whole, Uint32Array.of(15), new Float32Array(8)), EXACT);
});

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const table = randomF16(gpu, [4, 8], 1);
  const ids = createTensor(gpu, "ids", [2], "u32");
  const out = createTensor(gpu, "residual", [2, 6]);
  expect(() => embedding(gpu, { step: stepOf(gpu), ids, table, out })).toThrow("residual has shape (2, 6)");
});
