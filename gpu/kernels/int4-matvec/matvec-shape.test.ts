import { expect, test } from "vitest";
import { candidateShapes, canNorm, int4MatvecShape, matvecKey, ONE_LANE, stagedGroups } from "./matvec-shape";

const adapter = (isFallback: boolean) => ({ description: "test", isFallback, features: [] });
const HEAD = { rows: 200064, cols: 2560 };
const NORMED = { isNormed: true, isSwiglu: false };

test("a software adapter takes no barriers", () => {
  expect(int4MatvecShape({ adapter: adapter(true), choices: new Map() }, HEAD, NORMED)).toBe(ONE_LANE);
});

test("a graphics card takes what was measured on it, else larger workgroups for many rows", () => {
  const card = { adapter: adapter(false), choices: new Map<string, unknown>() };
  const { workgroupSize } = int4MatvecShape(card, HEAD, NORMED);
  expect(workgroupSize).toBeGreaterThan(int4MatvecShape(card, { rows: 2560, cols: 2560 }, NORMED).workgroupSize);
  card.choices.set(matvecKey(HEAD, NORMED), ONE_LANE);
  expect(int4MatvecShape(card, HEAD, NORMED)).toBe(ONE_LANE);
  expect(int4MatvecShape(card, HEAD, { ...NORMED, isNormed: false })).not.toBe(ONE_LANE);
});

test("a LayerNorm of the published width goes into any usual shape, a wider one need not", () => {
  expect(canNorm(2560)).toBe(true);
  expect(canNorm(2592)).toBe(false);
});

test.each([
  { rows: 200064, cols: 2560, isNormed: true, isSwiglu: false },
  { rows: 20480, cols: 2560, isNormed: true, isSwiglu: true },
  { rows: 2560, cols: 10240, isNormed: false, isSwiglu: false },
  { rows: 1536, cols: 384, isNormed: true, isSwiglu: true },
  { rows: 10752, cols: 2688, isNormed: false, isSwiglu: false },
  { rows: 64, cols: 32, isNormed: false, isSwiglu: false },
])("shapes for ($rows, $cols), normed $isNormed, swiglu $isSwiglu", ({ rows, cols, isNormed, isSwiglu }) => {
  const shapes = candidateShapes({ rows, cols }, { isNormed, isSwiglu });
  expect(shapes.length).toBeGreaterThan(3);
  expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(shapes.length);
  for (const shape of shapes) {
    const { lanes, rowsPerLane, workgroupSize, steps } = shape;
    const staged = stagedGroups(shape, cols);
    // What every device has of workgroup memory: x (with a group of padding), partial sums, moments.
    expect((staged + 1) * 128 + workgroupSize * 16 + 128).toBeLessThanOrEqual(16384);
    expect(workgroupSize % lanes).toBe(0);
    expect(staged === cols / 32 || staged % (lanes * steps) === 0).toBe(true);
    expect(shape.blocks).toBeLessThanOrEqual(shapes[0]?.blocks ?? 0);
    if (isNormed) expect(cols).toBeLessThanOrEqual(Math.min(staged * 32, workgroupSize * 20));
    if (isSwiglu) expect(rowsPerLane).toBeGreaterThan(1);
  }
});
