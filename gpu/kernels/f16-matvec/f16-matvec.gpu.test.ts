import { expect, test } from "vitest";
import type { Epilogue } from "../../epilogue";
import { sliceRows } from "../../matrix";
import { createTensor } from "../../tensor";
import { expectClose, openTestGpu, POISON, poisonedTensor, randomTensor, run } from "../../testing/harness";
import { randomF16 } from "../../testing/random-matrix";
import { f16Matvec, f16MatvecShape, type MatvecShape } from "./f16-matvec";
import { f16MatvecReference } from "./f16-matvec.reference";

type Kind = Epilogue["kind"];

interface Case {
  rows: number;
  cols: number;
  kind: Kind;
  shape?: MatvecShape;
  hasBias?: boolean;
  partRows?: number;
}

const ONE_LANE: MatvecShape = { lanes: 1, rowsPerLane: 4, workgroupSize: 16 };

async function check({ rows, cols, kind, shape = ONE_LANE, hasBias = true, partRows }: Case): Promise<void> {
  const gpu = await openTestGpu();
  const outputs = kind === "swiglu" ? rows / 2 : rows;
  const weight = randomF16(gpu, [rows, cols], 1, partRows);
  const x = randomTensor(gpu, "x", [2, cols], 3, 1);
  const bias = hasBias ? randomTensor(gpu, "bias", [rows], 4) : undefined;
  const gate = randomTensor(gpu, "gate", [2, outputs], 5);
  const out = randomTensor(gpu, "out", [1, outputs], 6);
  const epilogue: Epilogue = kind === "gate" ? { kind, gate } : { kind };

  const actual = await run(gpu, () => f16Matvec(gpu, { weight, x, bias, out, epilogue }, shape), out);

  const input = { weight, x: x.values, bias: bias?.values, epilogue: kind, before: out.values, gate: gate.values };
  expectClose(actual, f16MatvecReference(input), tolerance(cols));
}

/** f32 sums of `cols` products of at most 1, rounded once each; two of them are multiplied in swiglu. */
const tolerance = (cols: number) => ({ relative: 1e-5, absolute: cols * 2 ** -23 });

test.each<Kind>(["store", "add", "swiglu", "gate"])("matches the reference with epilogue %s", (kind) =>
  check({ rows: 150, cols: 90, kind }),
);

test.each<{ kind: Kind; rowsPerLane: MatvecShape["rowsPerLane"] }>([
  { kind: "swiglu", rowsPerLane: 2 },
  { kind: "store", rowsPerLane: 1 },
])("matches the reference with one lane of $rowsPerLane rows and epilogue $kind", ({ kind, rowsPerLane }) =>
  check({ rows: 46, cols: 90, kind, shape: { lanes: 1, rowsPerLane, workgroupSize: 8 } }),
);

// Compiling a kernel with barriers costs the software adapter a second each, so not every pair of shape and epilogue.
test.each<{ kind: Kind; rows?: number; cols: number; shape: MatvecShape; partRows?: number }>([
  { kind: "swiglu", cols: 200, shape: { lanes: 4, rowsPerLane: 2, workgroupSize: 32 } }, // a batch and a rest of 5
  { kind: "gate", cols: 384, shape: { lanes: 8, rowsPerLane: 1, workgroupSize: 16 } }, // tiny widths
  { kind: "store", cols: 8, shape: { lanes: 2, rowsPerLane: 2, workgroupSize: 64 } }, // lanes without a vector
  { kind: "add", cols: 160, shape: { lanes: 4, rowsPerLane: 1, workgroupSize: 128 }, partRows: 20 },
  { kind: "store", rows: 192, cols: 5120, shape: { lanes: 128, rowsPerLane: 1, workgroupSize: 128 } }, // x_proj
  { kind: "add", cols: 10240, shape: { lanes: 128, rowsPerLane: 2, workgroupSize: 128 } },
  { kind: "swiglu", cols: 2560, shape: { lanes: 64, rowsPerLane: 2, workgroupSize: 128 } },
])(
  "matches the reference with $shape.lanes lanes of $shape.rowsPerLane rows of $cols and epilogue $kind",
  ({ rows = 46, ...rest }) => check({ rows, ...rest }),
);

test.each([
  { rows: 2, cols: 2 }, // one word, fewer rows than a lane has
  { rows: 768, cols: 24 }, // tiny dt_proj
  { rows: 56, cols: 768 }, // tiny x_proj
  { rows: 2048, cols: 160 }, // published dt_proj, a slice
  { rows: 192, cols: 5120 }, // published x_proj
])("matches the reference for ($rows, $cols) without a bias", ({ rows, cols }) =>
  check({ rows, cols, kind: "add", hasBias: false }),
);

test("writes the columns of each part", () => check({ rows: 70, cols: 64, kind: "gate", partRows: 32 }));

test("serves more rows than one axis of a grid holds", () =>
  check({ rows: 65540, cols: 8, kind: "store", shape: { lanes: 1, rowsPerLane: 1, workgroupSize: 1 } }));

test.each<{ shape: MatvecShape }>([{ shape: ONE_LANE }, { shape: { lanes: 4, rowsPerLane: 2, workgroupSize: 16 } }])(
  "takes a slice of a matrix in parts, its share of the bias, wider x and out with $shape.lanes lanes",
  async ({ shape }) => {
    const gpu = await openTestGpu();
    const [rows, cols, first, count] = [40, 64, 10, 24];
    const weight = randomF16(gpu, [rows, cols], 7, 16);
    const x = randomTensor(gpu, "x", [1, cols + 8], 8, 1);
    const bias = randomTensor(gpu, "bias", [rows], 9);
    const out = poisonedTensor(gpu, "out", [1, count + 3]);
    const slice = sliceRows(weight, "slice", first, count);
    const epilogue = { kind: "store" } as const;

    const actual = await run(
      gpu,
      () => f16Matvec(gpu, { weight: slice, x, bias, biasOffset: first, out, epilogue }, shape),
      out,
    );

    const none = new Float32Array();
    const input = { weight, x: x.values, bias: bias.values, epilogue: "store" as const, before: none, gate: none };
    const expected = f16MatvecReference(input).slice(first, first + count);
    expectClose(actual, Float32Array.of(...expected, POISON, POISON, POISON), tolerance(cols));
  },
);

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const weight = randomF16(gpu, [8, 32], 1);
  const x = createTensor(gpu, "x", [1, 32]);
  const out = createTensor(gpu, "out", [1, 7]);
  const epilogue = { kind: "store" } as const;
  expect(() => f16Matvec(gpu, { weight, x, out, epilogue })).toThrow(
    "out has shape (1, 7), expected (tokens, at least 8)",
  );
  const inParts = randomF16(gpu, [8, 32], 1, 4);
  expect(() => f16Matvec(gpu, { weight: inParts, x, out, epilogue: { kind: "swiglu" } })).toThrow(
    "weight is in 2 parts, expected 1 for swiglu",
  );
});

test("many lanes need whole vectors and at most two rows", async () => {
  const gpu = await openTestGpu();
  const shape = { lanes: 4, rowsPerLane: 4, workgroupSize: 32 } as const;
  const message = "weight with 4 lanes a row needs a multiple of 8 columns and at most 2 rows per lane";
  for (const [cols, rowsPerLane] of [[20, 2] as const, [24, 4] as const]) {
    const weight = randomF16(gpu, [8, cols], 1);
    const x = createTensor(gpu, "x", [1, cols]);
    const out = createTensor(gpu, "out", [1, 8]);
    const tensors = { weight, x, out, epilogue: { kind: "store" } } as const;
    expect(() => f16Matvec(gpu, tensors, { ...shape, rowsPerLane })).toThrow(message);
  }
});

test("takes no barriers on a software adapter, and elsewhere shapes that cover rows and card", async () => {
  const { adapter } = await openTestGpu();
  const real = { adapter: { ...adapter, isFallback: false } };
  const store = (rows: number, cols: number) => f16MatvecShape(real, { rows, cols, kind: "store" });
  expect(
    f16MatvecShape({ adapter: { ...adapter, isFallback: true } }, { rows: 192, cols: 5120, kind: "add" }).lanes,
  ).toBe(1);
  expect(store(192, 5120)).toEqual({ lanes: 128, rowsPerLane: 1, workgroupSize: 128 });
  expect(store(5120, 160)).toEqual({ lanes: 4, rowsPerLane: 1, workgroupSize: 128 });
  expect(store(200064, 2560)).toEqual({ lanes: 64, rowsPerLane: 2, workgroupSize: 128 });
  expect(store(192, 5124).lanes).toBe(1);
  expect(f16MatvecShape(real, { rows: 4, cols: 8, kind: "swiglu" }).rowsPerLane).toBe(2);
});
