import type { Epilogue } from "@gpu/epilogue";
import type { MatrixFormat } from "@gpu/matrix";
import type { ModelConfig } from "../config";
import { tensorBytes } from "../cost";
import { groupKernels, type KernelGroup } from "./kernel-groups";

/** A matrix that decoding multiplies with one row, and what it does with the product. A LayerNorm before that is left out. */
export interface MatvecShape {
  /** As "int4-matvec add 2560×5120". */
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly format: MatrixFormat;
  /** "store" for one that changes a state: what it costs besides is little. */
  readonly epilogue: Epilogue["kind"];
  /** How many of them a token reads. */
  readonly count: number;
  /** Stored bytes of one. */
  readonly bytes: number;
}

/** By the word in a dispatch's label. */
const EPILOGUES: ReadonlyMap<string, Epilogue["kind"]> = new Map([
  ["store", "store"],
  ["add", "add"],
  ["swiglu", "swiglu"],
  ["gate", "gate"],
  ["convolve", "store"],
  ["append", "store"],
]);

/**
 * The shapes that a token multiplies, the most bytes of a token first.
 *
 * @param labels of the dispatches of one token in running order
 */
export function matvecShapes(labels: readonly string[], config: ModelConfig): MatvecShape[] {
  const shapes = groupKernels(labels, config).flatMap(shapeOf);
  return shapes.sort((a, b) => b.count * b.bytes - a.count * a.bytes);
}

function shapeOf({ name, kernel, weight, indices }: KernelGroup): MatvecShape[] {
  const epilogue = EPILOGUES.get(name.split(" ")[1] ?? "");
  if (!kernel.endsWith("-matvec") || !weight || !epilogue || weight.format === "f32") return [];
  const { rows, cols, format } = weight;
  const bytes = tensorBytes({ shape: [rows, cols] }, format);
  return [{ name, rows, cols, format, epilogue, count: indices.length, bytes }];
}
