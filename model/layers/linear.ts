import type { Epilogue } from "@gpu/epilogue";
import type { Dispatch } from "@gpu/kernel";
import { f16Matmul } from "@gpu/kernels/f16-matmul/f16-matmul";
import { f16Matvec } from "@gpu/kernels/f16-matvec/f16-matvec";
import { int4Matmul } from "@gpu/kernels/int4-matmul/int4-matmul";
import { int4Matvec } from "@gpu/kernels/int4-matvec/int4-matvec";
import type { Matrix } from "@gpu/matrix";
import type { Tensor } from "@gpu/tensor";
import type { LayerContext } from "./layer-context";

export interface LinearTensors {
  weight: Matrix;
  /** (tokens, at least weight.cols): the first weight.cols columns are read. */
  x: Tensor;
  out: Tensor;
  /** (at least biasOffset + weight.rows). */
  bias?: Tensor;
  biasOffset?: number;
  epilogue: Epilogue;
}

/** out = epilogue(W x + bias), by the kernel for the matrix's format and the number of rows: one (decode) or many (prefill). */
export function linear({ gpu, step, activations }: LayerContext, tensors: LinearTensors): Dispatch[] {
  const single = activations.tokens === 1;
  if (tensors.weight.format === "int4") return (single ? int4Matvec : int4Matmul)(gpu, { step, ...tensors });
  return (single ? f16Matvec : f16Matmul)(gpu, { step, ...tensors });
}
