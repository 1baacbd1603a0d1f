import { checked } from "@gpu/recording";
import { downloadBytes } from "@gpu/tensor";
import { openTestGpu } from "@gpu/testing/harness";
import { expect, test } from "vitest";
import { parseConfig } from "../config";
import { tensorPlan } from "../tensor-plan";
import { decodeF16 } from "../weights/half";
import microConfig from "./fixtures/micro/config.json";
import { timingWeights } from "./timing-weights";

const config = parseConfig(microConfig);

test("random codes and small halves fill every matrix", async () => {
  const gpu = await openTestGpu();
  const weights = await checked(gpu, "timing weights", () => timingWeights(gpu, config));
  const halves = async (buffer: GPUBuffer): Promise<Float32Array> => {
    const bytes = await downloadBytes(gpu, { label: "halves", shape: [], type: "f16", buffer });
    const values = new Float32Array(bytes.byteLength / 2);
    decodeF16(new Uint16Array(bytes), values);
    return values;
  };
  for (const { name, role } of tensorPlan(config).filter(({ role }) => role !== "vector")) {
    const { cols, parts } = weights.matrix(name);
    const [part] = parts;
    if (!part) throw new Error(`${name} has no part`);
    const range = Math.sqrt(3 / cols);
    if (role === "precise-matrix") {
      const sizes = (await halves(part.values)).map(Math.abs);
      expect(Math.max(...sizes), name).toBeLessThanOrEqual(2 * range);
      expect(Math.min(...sizes), name).toBeGreaterThan(0);
      continue;
    }
    const stored = { label: name, shape: [], type: "u32", buffer: part.values } as const;
    const codes = new Uint8Array(await downloadBytes(gpu, stored));
    expect(new Set(codes.slice(-1024)).size, name).toBeGreaterThan(128);
    if (part.scales) expect((await halves(part.scales)).at(-1), name).toBeCloseTo(range / 8, 3);
  }
  weights.destroy();
});
