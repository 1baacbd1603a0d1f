import { EPILOGUE_CODES, type Epilogue } from "./epilogue";
import type { KernelCall } from "./kernel";
import type { Matrix, MatrixFormat, MatrixPart } from "./matrix";
import { assertShape, assertThat, elementCount } from "./shape";
import type { Tensor } from "./tensor";

/** What every linear kernel takes, whatever the format and the number of rows of x. */
export interface LinearTensors {
  /** (rows, cols): outputs by inputs. */
  weight: Matrix;
  /** (tokens, at least cols) f32: the first cols columns are read. */
  x: Tensor;
  /** (tokens, at least rows) f32, with the swiglu epilogue at least rows / 2: the first columns are written. */
  out: Tensor;
  /** At least biasOffset + rows elements, f32. */
  bias?: Tensor | undefined;
  /** The element of `bias` that belongs to the first row of `weight`, which may be a slice of a taller matrix. */
  biasOffset?: number;
  epilogue: Epilogue;
}

/** Columns of `out` that are written. */
export const outputCount = ({ weight, epilogue }: Pick<LinearTensors, "weight" | "epilogue">): number =>
  epilogue.kind === "swiglu" ? weight.rows / 2 : weight.rows;

/** @throws ShapeError when the format is another, or shapes disagree; it names the tensor. */
export function assertLinear(tensors: LinearTensors, format: MatrixFormat): void {
  const { weight, x, epilogue } = tensors;
  const unit = format === "int4" ? 4 : 2; // x is read in vectors of this many
  assertThat(weight.format === format, `${weight.label} is ${weight.format}, expected ${format}`);
  if (epilogue.kind === "swiglu")
    assertThat(weight.parts.length === 1, `${weight.label} is in ${weight.parts.length} parts, expected 1 for swiglu`);
  assertColumns(x, weight.cols);
  assertThat(columns(x) % unit === 0, `${x.label} has ${columns(x)} columns, expected a multiple of ${unit}`);
  assertOutput(tensors);
}

/** @throws ShapeError when what an epilogue reads and writes does not go with the matrix. */
export function assertOutput(tensors: Omit<LinearTensors, "x">): void {
  const { weight, out, bias, biasOffset = 0, epilogue } = tensors;
  const outputs = outputCount(tensors);
  if (epilogue.kind === "swiglu")
    assertThat(weight.rows % 2 === 0, `${weight.label} has ${weight.rows} rows, expected an even number for swiglu`);
  assertColumns(out, outputs);
  if (epilogue.kind === "gate") {
    const { gate } = epilogue;
    assertShape(gate.label, gate.shape, [gate.shape[0] ?? 0, outputs]);
  }
  if (bias) {
    const needed = biasOffset + weight.rows;
    assertThat(
      elementCount(bias.shape) >= needed,
      `${bias.label} has ${elementCount(bias.shape)} elements, expected at least ${needed}`,
    );
  }
}

/** The overrides that all linear WGSL files declare, for one part of the matrix. */
export function linearConstants(tensors: LinearTensors, part: MatrixPart): Record<string, number> {
  const { weight, bias, biasOffset = 0, epilogue } = tensors;
  return {
    outputs: epilogue.kind === "swiglu" ? part.rows / 2 : part.rows,
    cols: weight.cols,
    buffer_row: part.bufferRow,
    first_column: part.firstRow,
    has_bias: bias ? 1 : 0,
    bias_offset: biasOffset + part.firstRow,
    epilogue: EPILOGUE_CODES[epilogue.kind],
  };
}

/** A product of many rows whose columns are shared out; matmul-merge makes the whole of it. */
export interface SplitTensors extends Pick<LinearTensors, "weight" | "x"> {
  /** (tokens, splits · rows) f32: of each row the sums over the first run of columns, then over the second, and so on. */
  partials: Tensor;
  splits: number;
}

/**
 * The bindings that all linear WGSL files declare: 1 x, 2 weights, 3 scales (int4), 4 bias, 5 gate, 6 out. A missing
 * bias or gate is never read, but a binding cannot be left empty, so x stands in.
 */
export function linearBindings(
  { x, out, bias, epilogue }: LinearTensors,
  { values, scales }: MatrixPart,
): KernelCall["bindings"] {
  const gate = epilogue.kind === "gate" ? epilogue.gate : x;
  return { 1: x, 2: values, ...(scales ? { 3: scales } : {}), 4: bias ?? x, 5: gate, 6: out };
}

/** Of a row in memory. */
export const columns = ({ shape }: Tensor): number => shape[1] ?? 0;

function assertColumns(tensor: Tensor, least: number): void {
  assertThat(
    tensor.shape.length === 2 && columns(tensor) >= least,
    `${tensor.label} has shape (${tensor.shape.join(", ")}), expected (tokens, at least ${least})`,
  );
}
