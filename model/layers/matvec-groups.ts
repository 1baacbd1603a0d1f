import { matvecKey, type Needs } from "@gpu/kernels/int4-fixed-matvec/fixed-matvec-shape";
import type { Matrix } from "@gpu/matrix";
import type { ModelConfig } from "../config";
import { type LayerKind, layerPlan } from "../layer-plan";
import type { Weights } from "../weights/weights";
import { EMBEDDING } from "./embedding";
import { mixerMatrix } from "./norm-sums";

/** Matrices of one size that decode multiplies in the same way. */
export interface MatvecGroup {
  readonly needs: Needs;
  readonly matrices: Matrix[];
}

/** What a mixer's first product is followed by. */
const MIXERS: Readonly<Record<LayerKind, Needs["kind"]>> = {
  mamba: "convolve",
  sliding: "append",
  full: "append",
  cross: "store",
  gmu: "gate",
};

/** By matvecKey: every 4-bit matrix of the decode step, where it fuses. */
export function matvecGroups(config: ModelConfig, weights: Weights): Map<string, MatvecGroup> {
  const groups = new Map<string, MatvecGroup>();
  const add = (name: string, kind: Needs["kind"]) => {
    const matrix = weights.matrix(name);
    // A gated matrix in parts is multiplied as two.
    if (matrix.format !== "int4" || (kind === "swiglu" && matrix.parts.length > 1)) return;
    const needs = { kind, givesFixed: kind === "swiglu" || kind === "gate" || kind === "add" };
    const key = matvecKey(matrix, needs);
    const group = groups.get(key) ?? { needs, matrices: [] };
    group.matrices.push(matrix);
    groups.set(key, group);
  };
  for (const [index, kind] of layerPlan(config).entries()) {
    const layer = `model.layers.${index}`;
    add(mixerMatrix(index, kind), MIXERS[kind]);
    add(`${layer}.attn.out_proj.weight`, "add");
    add(`${layer}.mlp.fc1.weight`, "swiglu");
    add(`${layer}.mlp.fc2.weight`, "add");
  }
  add(EMBEDDING, "store");
  return groups;
}
