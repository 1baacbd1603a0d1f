import type { Gpu } from "@gpu/device";
import type { Matrix } from "@gpu/matrix";
import { checked } from "@gpu/recording";
import { download, downloadBytes } from "@gpu/tensor";
import { openTestGpu } from "@gpu/testing/harness";
import { expect, test } from "vitest";
import { parseConfig } from "../config";
import { tensorPlan } from "../tensor-plan";
import { encodeRun } from "../weights/encode";
import microConfig from "./fixtures/micro/config.json";
import { formulaTensor } from "./formula-weights";
import { formulaWeights } from "./synthetic-weights";

const config = parseConfig(microConfig);

/** All stored bytes of a matrix (which has one part here). */
async function stored(gpu: Gpu, { label, rows, cols, format, parts }: Matrix) {
  const read = async (buffer: GPUBuffer | undefined, bytes: number) =>
    buffer ? new Uint8Array(await downloadBytes(gpu, { label, shape: [], type: "u32", buffer }), 0, bytes) : undefined;
  const [part] = parts;
  const elements = rows * cols;
  return {
    values: await read(part?.values, format === "int4" ? elements / 2 : elements * 2),
    scales: (await read(part?.scales, elements / 16)) ?? new Uint8Array(),
  };
}

test.each(["f16", "int4"] as const)(
  "%s weights made on the GPU are what the CPU makes, byte for byte",
  async (kind) => {
    const gpu = await openTestGpu();
    const weights = await checked(gpu, "formula weights", () => formulaWeights(gpu, config, kind));
    const seen = new Set<string>();
    for (const { name, shape, role } of tensorPlan(config)) {
      const formula = formulaTensor(name, shape);
      if (role === "vector") {
        expect(await download(gpu, weights.vector(name)), name).toEqual(formula);
        continue;
      }
      const matrix = weights.matrix(name);
      seen.add(`${role} ${matrix.format}`);
      // Comparing megabytes element by element is slow; a difference shows in the text as well.
      const actual = await stored(gpu, matrix);
      const expected = encodeRun(matrix.format, formula);
      expect(sum(actual.values), name).toEqual(sum(expected.values));
      expect(sum(actual.scales), name).toEqual(sum(expected.scales));
    }
    expect([...seen].sort()).toEqual([`matrix ${kind}`, "precise-matrix f16"]);
    weights.destroy();
  },
);

/** FNV-1a, and the length. */
function sum(bytes: Uint8Array | undefined): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes ?? []) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes?.length} bytes, ${hash >>> 0}`;
}
