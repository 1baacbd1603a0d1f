import { expect } from "vitest";
import { type Gpu, openGpu } from "../device";
import type { Dispatch } from "../kernel";
import { checked, submit } from "../recording";
import { elementCount, type Shape } from "../shape";
import { createStep, type StepValues, writeStep } from "../step";
import { createTensor, download, type Tensor, upload } from "../tensor";

let shared: Promise<Gpu> | undefined;

/** One device for the whole run: opening a device costs more than most tests. */
export function openTestGpu(): Promise<Gpu> {
  shared ??= openGpu();
  return shared;
}

export type TensorWithValues = Tensor & { values: Float32Array };

/** A tensor holding these values, kept on the CPU as well for the reference. */
export function tensorOf(gpu: Gpu, label: string, shape: Shape, values: Float32Array): TensorWithValues {
  const tensor = createTensor(gpu, label, shape);
  upload(gpu, tensor, values);
  return { ...tensor, values };
}

/** A tensor of repeatable values in [-range, range). */
export function randomTensor(gpu: Gpu, label: string, shape: Shape, seed: number, range = 2): TensorWithValues {
  return tensorOf(gpu, label, shape, randomValues(elementCount(shape), seed, range));
}

/** An output full of a value that no kernel writes, so that an element left out is seen. */
export function poisonedTensor(gpu: Gpu, label: string, shape: Shape): Tensor {
  return tensorOf(gpu, label, shape, new Float32Array(elementCount(shape)).fill(POISON));
}

export const POISON = 12345.5;

/** A step buffer; what is not given is 0, tokens is 1. */
export function stepOf(gpu: Gpu, values: Partial<StepValues> = {}): Tensor {
  const step = createStep(gpu, "step");
  writeStep(gpu, step, { position: 0, tokens: 1, done: 0, drawn: 0, ...values });
  return step;
}

/** Runs dispatches in order over `tokens` rows and reads `out`. WebGPU's own error reports are thrown. */
export async function run(
  gpu: Gpu,
  prepareDispatch: () => Dispatch | readonly Dispatch[],
  out: Tensor,
  tokens = 1,
): Promise<Float32Array> {
  await checked(gpu, out.label, () => submit(gpu, [prepareDispatch()].flat(), tokens));
  return download(gpu, out);
}

export interface Tolerance {
  relative: number;
  absolute: number;
}

/** Fails with the worst element, since one number tells more than two printed arrays. */
export function expectClose(actual: Float32Array, expected: Float32Array, tolerance: Tolerance): void {
  expect(actual.length).toBe(expected.length);
  let worst = { index: -1, excess: 0 };
  for (const [index, want] of expected.entries()) {
    const error = Math.abs((actual[index] ?? Number.NaN) - want);
    const excess = error - (tolerance.absolute + tolerance.relative * Math.abs(want));
    if (!(excess <= worst.excess)) worst = { index, excess };
  }
  const { index } = worst;
  if (index >= 0) expect.fail(`element ${index} is ${actual[index]}, the reference has ${expected[index]}`);
}

/** xorshift32, uniform in [-range, range). */
export function randomValues(count: number, seed: number, range = 2): Float32Array {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return Float32Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) / 2 ** 31 - 1) * range;
  });
}

/** Repeatable bytes, for 4-bit codes. */
export function randomBytes(count: number, seed: number): Uint8Array {
  return Uint8Array.from(randomValues(count, seed, 128), (value) => Math.floor(value) & 0xff);
}
