import { isFixed } from "@gpu/fixed-point";
import type { Dispatch } from "@gpu/kernel";
import { int4FixedMatvec } from "@gpu/kernels/int4-fixed-matvec/int4-fixed-matvec";
import { toFixed } from "@gpu/kernels/to-fixed/to-fixed";
import { type LayerContext, lookup } from "./layer-context";
import { type LinearTensors, linear } from "./linear";
import { isFused } from "./norm";

/** Makes the residual stream ready for the LayerNorm of this name, where that goes into the product behind it. */
export function readyForNorm(context: LayerContext, name: string): Dispatch[] {
  const next = nextOf(context, name);
  return next ? [toFixed(context.gpu, { x: context.activations.residual, ...next })] : [];
}

/** residual += W x + bias, made ready for the LayerNorm `next`: in the same dispatch where x is in fixed point. */
export function addToResidual(
  context: LayerContext,
  tensors: Pick<LinearTensors, "weight" | "x" | "bias">,
  next: string,
): Dispatch[] {
  const out = context.activations.residual;
  const ready = nextOf(context, next);
  if (ready && isFixed(tensors.x)) {
    return int4FixedMatvec(context.gpu, { ...tensors, out, epilogue: { kind: "add", next: ready } });
  }
  return [...linear(context, { ...tensors, out, epilogue: { kind: "add" } }), ...readyForNorm(context, next)];
}

function nextOf(context: LayerContext, name: string) {
  const { norms, fixed } = context;
  return fixed && isFused(context, name) ? { parameters: lookup(norms, name), out: fixed.residual } : undefined;
}
