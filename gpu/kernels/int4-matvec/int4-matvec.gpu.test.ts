import { expect, test } from "vitest";
import type { Epilogue } from "../../epilogue";
import { sliceRows } from "../../matrix";
import { createTensor } from "../../tensor";
import { expectClose, openTestGpu, POISON, poisonedTensor, randomTensor, run } from "../../testing/harness";
import { randomInt4 } from "../../testing/random-matrix";
import { type Int4MatvecShape, int4Matvec } from "./int4-matvec";
import { int4MatvecReference } from "./int4-matvec.reference";

type Kind = Epilogue["kind"];

interface Case {
  rows: number;
  cols: number;
  kind: Kind;
  shape?: Int4MatvecShape;
  hasBias?: boolean;
  partRows?: number;
}

async function check({ rows, cols, kind, shape, hasBias = true, partRows }: Case): Promise<void> {
  const gpu = await openTestGpu();
  const outputs = kind === "swiglu" ? rows / 2 : rows;
  const weight = randomInt4(gpu, [rows, cols], 1, partRows);
  const x = randomTensor(gpu, "x", [2, cols], 3, 1);
  const bias = hasBias ? randomTensor(gpu, "bias", [rows], 4) : undefined;
  const gate = randomTensor(gpu, "gate", [2, outputs], 5);
  const out = randomTensor(gpu, "out", [1, outputs], 6);
  const epilogue: Epilogue = kind === "gate" ? { kind, gate } : { kind };

  const actual = await run(gpu, () => int4Matvec(gpu, { weight, x, bias, out, epilogue }, shape), out);

  const input = { weight, x: x.values, bias: bias?.values, epilogue: kind, before: out.values, gate: gate.values };
  expectClose(actual, int4MatvecReference(input), tolerance(cols));
}

/** f32 sums of `cols` products of at most 8 · 0.15, rounded once each. */
const tolerance = (cols: number) => ({ relative: 1e-5, absolute: cols * 8 * 0.15 * 2 ** -24 });

test.each<Kind>(["store", "add", "swiglu", "gate"])("matches the reference with epilogue %s", (kind) =>
  check({ rows: 150, cols: 96, kind }),
);

test.each<{ kind: Kind; shape: Int4MatvecShape }>([
  { kind: "swiglu", shape: { rowsPerLane: 2, workgroupSize: 16 } },
  { kind: "store", shape: { rowsPerLane: 1, workgroupSize: 8 } },
])("matches the reference with $shape.rowsPerLane rows in a lane and epilogue $kind", ({ kind, shape }) =>
  check({ rows: 46, cols: 96, kind, shape }),
);

test.each([
  { rows: 2, cols: 32 }, // one group, fewer rows than a lane has
  { rows: 384, cols: 1536 }, // tiny fc2
  { rows: 64, cols: 10240 }, // published fc2, a slice
])("matches the reference for ($rows, $cols) without a bias", ({ rows, cols }) =>
  check({ rows, cols, kind: "add", hasBias: false }),
);

test("writes the columns of each part", () => check({ rows: 70, cols: 64, kind: "gate", partRows: 32 }));

test.each([
  { rows: 200064, shape: { rowsPerLane: 4 as const, workgroupSize: 8 } }, // published vocabulary
  { rows: 131080, shape: { rowsPerLane: 1 as const, workgroupSize: 1 } }, // more than one axis of a grid holds
])("serves $rows rows in workgroups of $shape.workgroupSize", ({ rows, shape }) =>
  check({ rows, cols: 32, kind: "store", shape, hasBias: false }),
);

test("takes a slice of a matrix in parts, its share of the bias, wider x and wider out", async () => {
  const gpu = await openTestGpu();
  const [rows, cols, first, count] = [40, 64, 10, 24];
  const weight = randomInt4(gpu, [rows, cols], 7, 16);
  const x = randomTensor(gpu, "x", [1, cols + 8], 8, 1);
  const bias = randomTensor(gpu, "bias", [rows], 9);
  const out = poisonedTensor(gpu, "out", [1, count + 3]);
  const slice = sliceRows(weight, "slice", first, count);
  const epilogue = { kind: "store" } as const;

  const actual = await run(
    gpu,
    () => int4Matvec(gpu, { weight: slice, x, bias, biasOffset: first, out, epilogue }),
    out,
  );

  const none = new Float32Array();
  const input = { weight, x: x.values, bias: bias.values, epilogue: "store" as const, before: none, gate: none };
  const expected = int4MatvecReference(input).slice(first, first + count);
  expectClose(actual, Float32Array.of(...expected, POISON, POISON, POISON), tolerance(cols));
});

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const weight = randomInt4(gpu, [8, 32], 1);
  const x = createTensor(gpu, "x", [1, 32]);
  const out = createTensor(gpu, "out", [1, 7]);
  const epilogue = { kind: "store" } as const;
  expect(() => int4Matvec(gpu, { weight, x, out, epilogue })).toThrow(
    "out has shape (1, 7), expected (tokens, at least 8)",
  );
  const inParts = randomInt4(gpu, [8, 32], 1, 4);
  expect(() => int4Matvec(gpu, { weight: inParts, x, out, epilogue: { kind: "swiglu" } })).toThrow(
    "weight is in 2 parts, expected 1 for swiglu",
  );
});
