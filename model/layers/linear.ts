import type { Epilogue } from "@gpu/epilogue";
import { isFixed } from "@gpu/fixed-point";
import type { Dispatch } from "@gpu/kernel";
import { f16Matmul } from "@gpu/kernels/f16-matmul/f16-matmul";
import { f16Matvec } from "@gpu/kernels/f16-matvec/f16-matvec";
import { int4FixedMatvec } from "@gpu/kernels/int4-fixed-matvec/int4-fixed-matvec";
import { int4Matmul } from "@gpu/kernels/int4-matmul/int4-matmul";
import { int4Matvec } from "@gpu/kernels/int4-matvec/int4-matvec";
import type { Matrix } from "@gpu/matrix";
import type { Tensor } from "@gpu/tensor";
import type { LayerContext } from "./layer-context";
import { splitWhereFew } from "./split-product";

export interface LinearTensors {
  weight: Matrix;
  /** (tokens, at least weight.cols): the first weight.cols columns are read. Or in fixed point, see layer-context.ts. */
  x: Tensor;
  out: Tensor;
  /** (at least biasOffset + weight.rows). */
  bias?: Tensor;
  biasOffset?: number;
  epilogue: Epilogue;
}

/** out = epilogue(W x + bias), by the kernel for the matrix's format, the number of rows and the form of x. */
export function linear(context: LayerContext, tensors: LinearTensors): Dispatch[] {
  const { gpu, step, activations } = context;
  const isInt4 = tensors.weight.format === "int4";
  if (activations.tokens > 1)
    return splitWhereFew(context, tensors, (isInt4 ? int4Matmul : f16Matmul)(gpu, { step, ...tensors }));
  if (!isInt4) return f16Matvec(gpu, tensors);
  return (isFixed(tensors.x) ? int4FixedMatvec : int4Matvec)(gpu, tensors);
}
