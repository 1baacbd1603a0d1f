import { expect, test } from "vitest";
import type { Gpu } from "../../device";
import { checked, submit } from "../../recording";
import { createTensor, downloadBytes, type Tensor, upload } from "../../tensor";
import { openTestGpu, randomValues } from "../../testing/harness";
import {
  createQuantizeSlice,
  NO_FAULT,
  type QuantizeInt4Tensors,
  quantizeInt4,
  writeQuantizeSlice,
} from "./quantize-int4";
import { quantizeGroupReference } from "./quantize-int4.reference";

/** Groups of the outputs before the first one that is written, and after the last. */
const MARGIN = 2;
const POISON = 0xabababab;

/** Values with the tails of a normal distribution, each group on a scale of its own between the extremes of f16. */
function values(groups: number, seed: number): Float32Array {
  const uniform = Array.from({ length: 4 }, (_, i) => randomValues(groups * 32, seed + i, 1));
  return Float32Array.from({ length: groups * 32 }, (_, i) => {
    const sum = uniform.reduce((total, of) => total + (of[i] ?? 0), 0);
    return sum * 2 ** (Math.floor((i / 32) % 43) - 26);
  });
}

const asBf16 = (source: Float32Array): Uint16Array =>
  Uint16Array.from(new Uint32Array(source.buffer), (word) => word >>> 16);

function fromBf16(source: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(source, (half) => half << 16).buffer);
}

interface Quantized {
  codes: number[];
  scales: number[];
  fault: number;
}

async function run(gpu: Gpu, source: Float32Array | Uint16Array): Promise<Quantized> {
  const groups = source.length / 32;
  const sourceType = source instanceof Float32Array ? "f32" : "bf16";
  const poisoned = (label: string, words: number): Tensor => {
    const tensor = createTensor(gpu, label, [words], "u32");
    upload(gpu, tensor, new Uint32Array(words).fill(POISON));
    return tensor;
  };
  const tensors: QuantizeInt4Tensors & Record<"codes" | "scales", Tensor> = {
    slice: createQuantizeSlice(gpu, "slice"),
    source: createTensor(gpu, "source", [source.length], sourceType === "f32" ? "f32" : "f16"),
    sourceType,
    codes: poisoned("codes", (groups + 2 * MARGIN) * 4),
    scales: poisoned("scales", (groups + 2 * MARGIN) / 2),
    fault: createTensor(gpu, "fault", [1], "u32"),
  };
  upload(gpu, tensors.source as Tensor, source);
  upload(gpu, tensors.fault, new Uint32Array([NO_FAULT]));
  writeQuantizeSlice(gpu, tensors.slice, { firstGroup: MARGIN, groups });
  await checked(gpu, "quantize-int4", () => submit(gpu, [quantizeInt4(gpu, tensors)], groups));
  const words = new Uint32Array(await downloadBytes(gpu, tensors.codes));
  const halves = new Float16Array(await downloadBytes(gpu, tensors.scales));
  for (const word of [
    ...words.subarray(0, MARGIN * 4),
    ...words.subarray((MARGIN + groups) * 4).slice(0, MARGIN * 4),
  ]) {
    expect(word).toBe(POISON);
  }
  return {
    codes: Array.from({ length: groups * 32 }, (_, i) => ((words[MARGIN * 4 + (i >> 3)] ?? 0) >>> ((i % 8) * 4)) & 15),
    scales: [...halves.subarray(MARGIN, MARGIN + groups)],
    fault: new Uint32Array(await downloadBytes(gpu, tensors.fault))[0] ?? Number.NaN,
  };
}

function expected(source: Float32Array): Pick<Quantized, "codes" | "scales"> {
  const groups = Array.from({ length: source.length / 32 }, (_, group) =>
    quantizeGroupReference(source.subarray(group * 32, group * 32 + 32)),
  );
  return { codes: groups.flatMap(({ codes }) => codes), scales: groups.map(({ scale }) => scale) };
}

test.each([2, 130, 2000])("matches the reference bit for bit in %d groups of f32", async (groups) => {
  const gpu = await openTestGpu();
  const source = values(groups, groups);
  expect(await run(gpu, source)).toEqual({ ...expected(source), fault: NO_FAULT });
});

test("matches the reference bit for bit in bf16", async () => {
  const gpu = await openTestGpu();
  const source = asBf16(values(400, 5));
  expect(await run(gpu, source)).toEqual({ ...expected(fromBf16(source)), fault: NO_FAULT });
});

test("zeros, subnormals, lone values, equal values, the largest and the smallest that fit", async () => {
  const gpu = await openTestGpu();
  const kinds = [
    (_: number) => 0,
    (i: number) => (i === 7 ? 1e-40 : 0),
    (i: number) => (i === 31 ? -8 : (i % 7) - 3),
    (i: number) => (i === 0 ? 8 : 1e-20),
    (_: number) => -0.3,
    (i: number) => (i % 2 ? 458528 : -458528),
    (i: number) => (i - 16) * 2 ** -24,
    (i: number) => (i % 3) * 2 ** -25,
    (i: number) => 1.9999999 * (i - 15.5),
    (i: number) => 2 ** (-i / 2),
  ];
  const source = Float32Array.from({ length: kinds.length * 32 }, (_, i) => kinds[Math.floor(i / 32)]?.(i % 32) ?? 0);
  expect(await run(gpu, source)).toEqual({ ...expected(source), fault: NO_FAULT });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e6])("reports %d by the least index", async (value) => {
  const gpu = await openTestGpu();
  const source = values(8, 9).map((other, i) => (i === 70 || i === 201 ? value : other));
  expect((await run(gpu, source)).fault).toBe(70);
});

test("refuses groups that do not pair up", async () => {
  const gpu = await openTestGpu();
  const slice = createQuantizeSlice(gpu, "slice");
  expect(() => writeQuantizeSlice(gpu, slice, { firstGroup: 0, groups: 3 })).toThrow(
    "slice: 0 + 3 groups are not pairs",
  );
});
