import type { Dispatch } from "@gpu/kernel";
import { sliceRows } from "@gpu/matrix";
import { assertThat } from "@gpu/shape";
import { between, type LayerContext, layerWeights } from "./layer-context";
import { linear } from "./linear";
import { afterMlp, mlpNorm, norm, normedLinear } from "./norm";
import { addToResidual } from "./residual";

/** residual += fc2(SiLU(gate) ⊙ up), [gate | up] = fc1(LayerNorm(residual)). */
export function mlp(context: LayerContext, index: number): Dispatch[] {
  const { matrix } = layerWeights(context, index);
  const fc1 = matrix("mlp.fc1.weight");
  const fc2 = matrix("mlp.fc2.weight");
  const isWhole = fc1.parts.length === 1;
  const hidden = isWhole ? between(context, "mlp", fc2, fc1) : context.activations.mlp;
  const gated = { weight: fc1, out: hidden, epilogue: { kind: "swiglu" as const } };
  return [
    ...(isWhole ? normedLinear(context, mlpNorm(index), gated) : gatedInParts(context, index)),
    ...addToResidual(context, { weight: fc2, x: hidden }, afterMlp(context.config, index)),
  ];
}

/**
 * On a device that binds little, fc1 is in parts, and a row of `gate` is not where its partner of `up` is: two products,
 * one after the other.
 */
function gatedInParts(context: LayerContext, index: number): Dispatch[] {
  const { normed: x, mlp: out, xz, tokens } = context.activations;
  const fc1 = layerWeights(context, index).matrix("mlp.fc1.weight");
  const size = fc1.rows / 2;
  // Mamba's scratch is free here.
  const up = { ...xz, shape: [tokens, size] };
  assertThat(size <= (xz.shape[1] ?? 0), `${fc1.label} is in parts, and ${xz.label} has no room for its ${size} rows`);
  const half = (label: string, first: number) => sliceRows(fc1, `${fc1.label} ${label}`, first, size);
  return [
    norm(context, mlpNorm(index)),
    ...linear(context, { weight: half("up", size), x, out: up, epilogue: { kind: "store" } }),
    ...linear(context, { weight: half("gate", 0), x, out, epilogue: { kind: "gate", gate: up } }),
  ];
}
