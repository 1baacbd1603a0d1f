import { canNorm, type MatvecNeeds, matvecKey } from "@gpu/kernels/int4-matvec/matvec-shape";
import type { Matrix } from "@gpu/matrix";
import type { ModelConfig } from "../config";
import { layerPlan } from "../layer-plan";
import type { Weights } from "../weights/weights";
import { EMBEDDING } from "./embedding";

/** Matrices of one size that decode multiplies in the same way. */
export interface MatvecGroup extends MatvecNeeds {
  readonly matrices: Matrix[];
}

/** By matvecKey: every 4-bit matrix of the decode step, as a graphics card multiplies it. */
export function matvecGroups(config: ModelConfig, weights: Weights): Map<string, MatvecGroup> {
  const groups = new Map<string, MatvecGroup>();
  const add = (name: string, { isNormed = false, isSwiglu = false } = {}) => {
    const matrix = weights.matrix(name);
    // SwiGLU in parts is two other products; see mlp.ts.
    if (matrix.format !== "int4" || (isSwiglu && matrix.parts.length > 1)) return;
    const needs = { isNormed: isNormed && canNorm(matrix.cols), isSwiglu };
    const key = matvecKey(matrix, needs);
    const group = groups.get(key) ?? { ...needs, matrices: [] };
    group.matrices.push(matrix);
    groups.set(key, group);
  };
  for (const [index, kind] of layerPlan(config).entries()) {
    const layer = `model.layers.${index}`;
    add(`${layer}.attn.${kind === "mamba" || kind === "gmu" ? "in_proj" : "Wqkv"}.weight`, { isNormed: true });
    add(`${layer}.attn.out_proj.weight`);
    add(`${layer}.mlp.fc1.weight`, { isNormed: true, isSwiglu: true });
    add(`${layer}.mlp.fc2.weight`);
  }
  add(EMBEDDING, { isNormed: true });
  return groups;
}
