import type { Dispatch } from "@gpu/kernel";
import { type Matrix, sliceRows } from "@gpu/matrix";
import { assertThat } from "@gpu/shape";
import { type LayerContext, layerWeights } from "./layer-context";
import { linear } from "./linear";
import { norm } from "./norm";

/** residual += fc2(SiLU(gate) ⊙ up), [gate | up] = fc1(LayerNorm(residual)). */
export function mlp(context: LayerContext, index: number): Dispatch[] {
  const { residual, mlp: hidden } = context.activations;
  const { matrix } = layerWeights(context, index);
  return [
    norm(context, `model.layers.${index}.post_attention_layernorm`),
    ...gated(context, matrix("mlp.fc1.weight")),
    ...linear(context, { weight: matrix("mlp.fc2.weight"), x: hidden, out: residual, epilogue: { kind: "add" } }),
  ];
}

/**
 * mlp = SiLU(gate) ⊙ up, in one dispatch where fc1 is in one piece. A device that binds little has it in parts, and a row
 * of `gate` is then not where its partner of `up` is: two products, one after the other.
 */
function gated(context: LayerContext, fc1: Matrix): Dispatch[] {
  const { normed: x, mlp: out, xz, tokens } = context.activations;
  if (fc1.parts.length === 1) return linear(context, { weight: fc1, x, out, epilogue: { kind: "swiglu" } });
  const size = fc1.rows / 2;
  // Mamba's scratch is free here.
  const up = { ...xz, shape: [tokens, size] };
  assertThat(size <= (xz.shape[1] ?? 0), `${fc1.label} is in parts, and ${xz.label} has no room for its ${size} rows`);
  return [
    ...linear(context, {
      weight: sliceRows(fc1, `${fc1.label} up`, size, size),
      x,
      out: up,
      epilogue: { kind: "store" },
    }),
    ...linear(context, {
      weight: sliceRows(fc1, `${fc1.label} gate`, 0, size),
      x,
      out,
      epilogue: { kind: "gate", gate: up },
    }),
  ];
}
