import { ShapeError } from "./errors";

/** Sizes from the slowest- to the fastest-moving axis, e.g. (tokens, hiddenSize). */
export type Shape = readonly number[];

export const elementCount = (shape: Shape): number => shape.reduce((count, size) => count * size, 1);

export const ceilDiv = (value: number, divisor: number): number => Math.ceil(value / divisor);

export const roundUp = (value: number, multiple: number): number => ceilDiv(value, multiple) * multiple;

/** @throws ShapeError naming the tensor. */
export function assertShape(name: string, actual: Shape, expected: Shape): void {
  const same = actual.length === expected.length && actual.every((size, axis) => size === expected[axis]);
  if (!same) throw new ShapeError(`${name} has shape (${actual.join(", ")}), expected (${expected.join(", ")})`);
}

/** For what a shape alone cannot say: multiples, bounds, matching counts. @throws ShapeError with the message. */
export function assertThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ShapeError(message);
}
