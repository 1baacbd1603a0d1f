import { isFixed } from "@gpu/fixed-point";
import type { Dispatch } from "@gpu/kernel";
import { int4FixedMatvec } from "@gpu/kernels/int4-fixed-matvec/int4-fixed-matvec";
import { toFixed } from "@gpu/kernels/to-fixed/to-fixed";
import { type LayerContext, lookup } from "./layer-context";
import { type LinearTensors, linear } from "./linear";

/** Makes the residual stream ready for the LayerNorm of this name, where decode fuses. */
export function readyForNorm({ gpu, activations, norms, fixed }: LayerContext, name: string): Dispatch[] {
  if (!fixed) return [];
  return [toFixed(gpu, { x: activations.residual, parameters: lookup(norms, name), out: fixed.residual })];
}

/** residual += W x + bias, made ready for the LayerNorm `next`: in the same dispatch where x is in fixed point. */
export function addToResidual(
  context: LayerContext,
  tensors: Pick<LinearTensors, "weight" | "x" | "bias">,
  next: string,
): Dispatch[] {
  const { gpu, activations, norms, fixed } = context;
  const out = activations.residual;
  if (!fixed || !isFixed(tensors.x)) {
    return [...linear(context, { ...tensors, out, epilogue: { kind: "add" } }), ...readyForNorm(context, next)];
  }
  const ready = { parameters: lookup(norms, next), out: fixed.residual };
  return int4FixedMatvec(gpu, { ...tensors, out, epilogue: { kind: "add", next: ready } });
}
