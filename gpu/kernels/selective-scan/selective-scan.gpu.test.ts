import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import { createTensor, download, type Tensor } from "../../tensor";
import {
  expectClose,
  openTestGpu,
  POISON,
  poisonedTensor,
  randomTensor,
  randomValues,
  run,
  stepOf,
  tensorOf,
} from "../../testing/harness";
import { relativeL2 } from "../../testing/relative-l2";
import { SCAN_PATHS, type ScanPath, scanGated, scanMemory } from "./selective-scan";
import { gateReference, type ScanReferenceInputs, selectiveScanReference } from "./selective-scan.reference";

interface ScanShape {
  path: ScanPath;
  tokens: number;
  innerSize: number;
  deltaRank: number;
}

// y sums 16 products and D u, of size 1 to 10, each a few ulp off; a decay's error lives on as long as the state does.
const TOLERANCE = { relative: 1e-5, absolute: 1e-5 };

/** Values like a trained model's: A near −1 … −16, Δ from 0.001 (delta −7) to 0.6 (delta −0.2). */
function operandsOf({ tokens, innerSize, deltaRank }: Omit<ScanShape, "path">, deltaRange = 3.4): ScanReferenceInputs {
  return {
    u: randomValues(tokens * innerSize, 1),
    delta: randomValues(tokens * innerSize, 2, deltaRange).map((value) => value - 7 + deltaRange),
    projected: randomValues(tokens * (deltaRank + 32), 3, 1),
    aLog: randomValues(innerSize * 16, 4, 0.1).map((value, i) => value + Math.log((i % 16) + 1)),
    d: randomValues(innerSize, 5, 0.1).map((value) => value + 1),
    state: randomValues(innerSize * 16, 6),
  };
}

/** The rows [begin, end) of operands as tensors. */
function tensorsOf(
  gpu: Gpu,
  { innerSize, deltaRank }: Omit<ScanShape, "path">,
  operands: ScanReferenceInputs,
  begin = 0,
  end = 1e6,
) {
  const rows = (name: "u" | "delta" | "projected", columns: number): Tensor => {
    const values = operands[name].slice(begin * columns, end * columns);
    return tensorOf(gpu, name, [values.length / columns, columns], values);
  };
  return {
    u: rows("u", innerSize),
    delta: rows("delta", innerSize),
    projected: rows("projected", deltaRank + 32),
    aLog: tensorOf(gpu, "aLog", [innerSize, 16], operands.aLog),
    d: tensorOf(gpu, "d", [innerSize], operands.d),
    state: tensorOf(gpu, "state", [innerSize, 16], operands.state),
  };
}

test.each<ScanShape>([
  { path: "serial", tokens: 1, innerSize: 5120, deltaRank: 160 }, // published, decode
  { path: "serial", tokens: 2, innerSize: 70, deltaRank: 0 }, // a workgroup that is not full
  { path: "serial", tokens: 40, innerSize: 768, deltaRank: 24 }, // tiny
  { path: "blocks", tokens: 17, innerSize: 5120, deltaRank: 160 }, // published; two rows a block, half of the last
  { path: "blocks", tokens: 40, innerSize: 768, deltaRank: 24 },
  { path: "blocks", tokens: 1, innerSize: 70, deltaRank: 0 }, // one block; channels that leave lanes idle
  // Blocks of one row, one of them empty or none; of three, five of them empty; a chunk.
  ...[15, 16, 33, 256].map((tokens) => ({ path: "blocks" as const, tokens, innerSize: 64, deltaRank: 4 })),
])("$path: both scans match the reference for ($tokens, $innerSize), deltaRank $deltaRank", async (shape) => {
  const gpu = await openTestGpu();
  const { path, tokens, innerSize } = shape;
  const step = stepOf(gpu, { tokens });
  const operands = operandsOf(shape);
  const [gated, plain] = [tensorsOf(gpu, shape, operands), tensorsOf(gpu, shape, operands)];
  const xz = randomTensor(gpu, "xz", [tokens, 2 * innerSize], 9, 6);
  const memory = poisonedTensor(gpu, "memory", [tokens, innerSize]);

  const gatedActual = await run(gpu, () => scanGated(gpu, { step, ...gated, xz }, path), gated.u, tokens);
  const plainActual = await run(gpu, () => scanMemory(gpu, { step, ...plain, memory }, path), memory, tokens);

  const { y, state } = selectiveScanReference(operands);
  expectClose(gatedActual, gateReference(y, xz.values, innerSize), TOLERANCE);
  expectClose(await download(gpu, gated.state), state, TOLERANCE);
  expectClose(plainActual, y, TOLERANCE);
  expectClose(await download(gpu, plain.state), state, TOLERANCE);
  expect(await download(gpu, plain.u)).toEqual(operands.u);
});

test.each(SCAN_PATHS)("%s: two runs are as near to the reference as one; serial ones equal it", async (path) => {
  const gpu = await openTestGpu();
  const shape = { tokens: 37, innerSize: 64, deltaRank: 4 };
  const operands = operandsOf(shape);
  const scan = async (begin: number, end: number, from?: Tensor): Promise<[Float32Array, Tensor]> => {
    const tensors = tensorsOf(gpu, shape, operands, begin, end);
    const state = from ?? tensors.state;
    const tokens = end - begin;
    const memory = poisonedTensor(gpu, "memory", [tokens, shape.innerSize]);
    const step = stepOf(gpu, { tokens });
    return [await run(gpu, () => scanMemory(gpu, { step, ...tensors, state, memory }, path), memory, tokens), state];
  };

  const [once, whole] = await scan(0, 37);
  const [first, middle] = await scan(0, 20);
  const [second, parts] = await scan(20, 37, middle);

  const { y, state } = selectiveScanReference(operands);
  const inTwo = Float32Array.of(...first, ...second);
  expectClose(inTwo, y, TOLERANCE);
  expectClose(await download(gpu, parts), state, TOLERANCE);
  if (path === "blocks") return; // which begin elsewhere then
  expect(inTwo).toEqual(once);
  expect(await download(gpu, parts)).toEqual(await download(gpu, whole));
});

const PACES = [
  // States that forget within a few dozen tokens: the errors of those tokens, 1e-7 each, at random.
  { pace: "quickly", deltaRange: 3.4, limits: { y: 2e-6, state: 5e-6 } },
  // Δ stays at 0.001. An ulp by which exp2 is off near 1 is the same in every token: 1,000 × 1.2e-7, less in y, where
  // D u and the faster states outweigh it.
  { pace: "slowly", deltaRange: 0.1, limits: { y: 5e-5, state: 3e-4 } },
];

test.each(SCAN_PATHS.flatMap((path) => PACES.map((pace) => ({ path, ...pace }))))(
  "$path: stays with the reference over 2,000 tokens that are $pace forgotten",
  async ({ path, deltaRange, limits }) => {
    const gpu = await openTestGpu();
    const shape = { tokens: 2000, innerSize: 64, deltaRank: 4 };
    const operands = operandsOf(shape, deltaRange);
    const tensors = tensorsOf(gpu, shape, operands);
    const memory = poisonedTensor(gpu, "memory", [shape.tokens, shape.innerSize]);
    const step = stepOf(gpu, { tokens: shape.tokens });

    const actual = await run(gpu, () => scanMemory(gpu, { step, ...tensors, memory }, path), memory, shape.tokens);

    const { y, state } = selectiveScanReference(operands);
    expect(relativeL2(actual, y)).toBeLessThan(limits.y);
    expect(relativeL2(await download(gpu, tensors.state), state)).toBeLessThan(limits.state);
  },
);

test.each(SCAN_PATHS)(
  "%s: forgets nothing at Δ near 0, everything at a large one, and survives delta of any size",
  async (path) => {
    const gpu = await openTestGpu();
    const shape = { tokens: 24, innerSize: 64, deltaRank: 0 };
    const extremes = [-1e4, -90, -30, -12, 0, 12, 90, 1e4];
    const operands = operandsOf(shape);
    operands.delta.forEach((_, i) => {
      operands.delta[i] = extremes[i % extremes.length] ?? 0;
    });
    const tensors = tensorsOf(gpu, shape, operands);
    const memory = poisonedTensor(gpu, "memory", [shape.tokens, shape.innerSize]);
    const step = stepOf(gpu, { tokens: shape.tokens });

    const actual = await run(gpu, () => scanMemory(gpu, { step, ...tensors, memory }, path), memory, shape.tokens);

    // Δ of 1e4 makes states of 2e4, of which y sums sixteen with either sign: 16 · 2e4 · 6e-8 may remain of nothing.
    const { y, state } = selectiveScanReference(operands);
    expectClose(actual, y, { relative: 1e-5, absolute: 0.02 });
    expectClose(await download(gpu, tensors.state), state, TOLERANCE);
  },
);

test.each(SCAN_PATHS)(
  "%s: leaves rows past step.tokens alone, and the state when the sequence has ended",
  async (path) => {
    const gpu = await openTestGpu();
    const shape = { tokens: 3, innerSize: 64, deltaRank: 4 };
    const operands = operandsOf(shape);
    const tensors = tensorsOf(gpu, shape, operands);
    const memory = poisonedTensor(gpu, "memory", [3, 64]);
    const step = stepOf(gpu, { tokens: 2, done: 1 });

    const actual = await run(gpu, () => scanMemory(gpu, { step, ...tensors, memory }, path), memory, 3);

    expectClose(actual, selectiveScanReference(operands).y.fill(POISON, 2 * 64), TOLERANCE);
    expect(await download(gpu, tensors.state)).toEqual(operands.state);
  },
);

test("names the tensor whose shape is wrong", async () => {
  const gpu = await openTestGpu();
  const shape = { tokens: 2, innerSize: 8, deltaRank: 4 };
  const step = stepOf(gpu);
  const tensors = tensorsOf(gpu, shape, operandsOf(shape));
  const memory = createTensor(gpu, "memory", [2, 8]);
  const state = createTensor(gpu, "state", [8, 4]);
  expect(() => scanMemory(gpu, { step, ...tensors, memory, state })).toThrow(
    "state has shape (8, 4), expected (8, 16)",
  );
  const projected = createTensor(gpu, "projected", [2, 35]);
  expect(() => scanMemory(gpu, { step, ...tensors, memory, projected })).toThrow(
    "projected has 35 columns, expected 32",
  );
  const xz = createTensor(gpu, "xz", [2, 8]);
  expect(() => scanGated(gpu, { step, ...tensors, xz })).toThrow("xz has shape (2, 8), expected (2, 16)");
});
