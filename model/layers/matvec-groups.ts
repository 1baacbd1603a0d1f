import { matvecKey } from "@gpu/kernels/int4-matvec/matvec-shape";
import type { Matrix } from "@gpu/matrix";
import type { ModelConfig } from "../config";
import { layerPlan } from "../layer-plan";
import type { Weights } from "../weights/weights";
import { EMBEDDING } from "./embedding";

/** Matrices of one size that decode multiplies in the same way. */
export interface MatvecGroup {
  readonly isNormed: boolean;
  readonly isSwiglu: boolean;
  readonly matrices: Matrix[];
}

/** By matvecKey: every 4-bit matrix of the decode step. */
export function matvecGroups(config: ModelConfig, weights: Weights): Map<string, MatvecGroup> {
  const groups = new Map<string, MatvecGroup>();
  const add = (name: string, isNormed: boolean, isSwiglu = false) => {
    const matrix = weights.matrix(name);
    if (matrix.format !== "int4") return;
    const key = matvecKey(matrix, isNormed);
    const group = groups.get(key) ?? { isNormed, isSwiglu, matrices: [] };
    group.matrices.push(matrix);
    groups.set(key, group);
  };
  for (const [index, kind] of layerPlan(config).entries()) {
    const layer = `model.layers.${index}`;
    add(`${layer}.attn.${kind === "mamba" || kind === "gmu" ? "in_proj" : "Wqkv"}.weight`, true);
    add(`${layer}.attn.out_proj.weight`, false);
    add(`${layer}.mlp.fc1.weight`, true, true);
    add(`${layer}.mlp.fc2.weight`, false);
  }
  add(EMBEDDING, true);
  return groups;
}
