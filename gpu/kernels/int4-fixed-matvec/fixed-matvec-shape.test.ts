import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import {
  assertFits,
  candidateShapes,
  canMultiplyFixed,
  type FixedMatvecShape,
  fixedMatvecShape,
  matvecKey,
  type Needs,
} from "./fixed-matvec-shape";

/** A card with the limits that every device has, or with more. */
function card(invocations = 256, bytes = 16384): Gpu {
  const limits = { maxComputeInvocationsPerWorkgroup: invocations, maxComputeWorkgroupStorageSize: bytes };
  const wgslFeatures = new Set(["packed_4x8_integer_dot_product"]);
  return { device: { limits }, wgslFeatures, choices: new Map() } as unknown as Gpu;
}

const HEAD = { rows: 200064, cols: 2560 };
const STORE: Needs = { kind: "store", givesFixed: false };

test("a device takes what was measured on it, else more rows for a lane where there are many", () => {
  const gpu = card(1024);
  const { rowsPerLane } = fixedMatvecShape(gpu, HEAD, STORE);
  expect(rowsPerLane).toBeGreaterThan(fixedMatvecShape(gpu, { rows: 2560, cols: 2560 }, STORE).rowsPerLane);
  const chosen = { lanes: 40, rowsPerLane: 1, slots: 1 };
  gpu.choices.set(matvecKey(HEAD, STORE), chosen);
  expect(fixedMatvecShape(gpu, HEAD, STORE)).toBe(chosen);
  expect(fixedMatvecShape(gpu, HEAD, { ...STORE, kind: "append" })).not.toBe(chosen);
});

test("a choice that a device cannot run, kept from before, is not taken", () => {
  const gpu = card();
  const usual = fixedMatvecShape(gpu, HEAD, STORE);
  gpu.choices.set(matvecKey(HEAD, STORE), { lanes: 80, rowsPerLane: 2, slots: 4 });
  expect(fixedMatvecShape(gpu, HEAD, STORE)).toEqual(usual);
});

test("a workgroup has an invocation for each lane that adds up moments: 16, or one for each group of x", () => {
  const shape: FixedMatvecShape = { lanes: 3, rowsPerLane: 1, slots: 4 };
  const check = (cols: number) => () => assertFits(card(), shape, { label: "weight", rows: 64, cols }, STORE);
  expect(check(2560)).toThrow("weight: too few invocations for the moments");
  expect(check(13 * 32)).toThrow("weight: too few invocations for the moments");
  expect(check(12 * 32)).not.toThrow();
});

test.each<{ rows: number; cols: number; needs: Needs }>([
  { ...HEAD, needs: STORE },
  { rows: 20480, cols: 2560, needs: { kind: "swiglu", givesFixed: true } },
  { rows: 5120, cols: 2560, needs: { kind: "gate", givesFixed: true } },
  { rows: 2560, cols: 10240, needs: { kind: "add", givesFixed: true } },
  { rows: 3072, cols: 384, needs: { kind: "swiglu", givesFixed: true } },
  { rows: 64, cols: 32, needs: STORE },
])("$needs.kind of ($rows, $cols) on the least of devices, and on larger ones", ({ rows, cols, needs }) => {
  for (const gpu of [card(), card(1024, 32768)]) {
    const shapes = candidateShapes(gpu, { rows, cols }, needs);
    expect(shapes.length).toBeGreaterThan(1);
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(shapes.length);
    for (const { lanes, rowsPerLane, slots } of shapes) {
      expect(lanes * slots).toBeLessThanOrEqual(gpu.device.limits.maxComputeInvocationsPerWorkgroup);
      if (needs.kind === "swiglu") expect(rowsPerLane).toBeGreaterThan(1);
      const outputs = (slots * rowsPerLane) / (needs.kind === "swiglu" ? 2 : 1);
      if (needs.givesFixed) expect(outputs % 8).toBe(0);
    }
  }
});

test("a device that does not know whole numbers in fours cannot multiply them", () => {
  expect(canMultiplyFixed(card())).toBe(true);
  expect(canMultiplyFixed({ ...card(), wgslFeatures: new Set() })).toBe(false);
});
