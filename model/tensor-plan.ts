import type { ModelConfig } from "./config";
import { type LayerKind, layerPlan } from "./layer-plan";

/** How a tensor is held: matrices in 4 bits or f16, all else in f32. */
export type Role = "matrix" | "precise-matrix" | "vector";

/** One tensor that a model needs, under its name in the published checkpoint. */
export interface PlannedTensor {
  readonly name: string;
  /** As the checkpoint has it, slowest axis first. */
  readonly shape: readonly number[];
  /** "precise-matrix": x_proj and dt_proj, which steer the recurrence and are never 4-bit. */
  readonly role: Role;
}

/** Every tensor of the model, in running order. The LM head is tied to the embedding. */
export function tensorPlan(config: ModelConfig): PlannedTensor[] {
  const { vocabSize, hiddenSize } = config;
  return [
    { name: "model.embed_tokens.weight", shape: [vocabSize, hiddenSize], role: "matrix" },
    ...layerPlan(config).flatMap((kind, index) => layerTensors(config, kind, `model.layers.${index}`)),
    ...norm("model.final_layernorm", hiddenSize),
  ];
}

function layerTensors(config: ModelConfig, kind: LayerKind, prefix: string): PlannedTensor[] {
  const { hiddenSize, intermediateSize } = config;
  return [
    ...norm(`${prefix}.input_layernorm`, hiddenSize),
    ...mixerTensors(config, kind, `${prefix}.attn`),
    ...norm(`${prefix}.post_attention_layernorm`, hiddenSize),
    matrix(`${prefix}.mlp.fc1.weight`, 2 * intermediateSize, hiddenSize),
    matrix(`${prefix}.mlp.fc2.weight`, hiddenSize, intermediateSize),
  ];
}

function mixerTensors(config: ModelConfig, kind: LayerKind, prefix: string): PlannedTensor[] {
  if (kind === "mamba") return mambaTensors(config, prefix);
  if (kind === "gmu") {
    return [
      matrix(`${prefix}.in_proj.weight`, config.innerSize, config.hiddenSize),
      matrix(`${prefix}.out_proj.weight`, config.hiddenSize, config.innerSize),
    ];
  }
  return attentionTensors(config, kind === "cross", prefix);
}

function mambaTensors(config: ModelConfig, prefix: string): PlannedTensor[] {
  const { hiddenSize, innerSize, stateSize, convWidth, deltaRank } = config;
  return [
    matrix(`${prefix}.in_proj.weight`, 2 * innerSize, hiddenSize),
    { name: `${prefix}.conv1d.weight`, shape: [innerSize, 1, convWidth], role: "vector" },
    vector(`${prefix}.conv1d.bias`, innerSize),
    { name: `${prefix}.x_proj.weight`, shape: [deltaRank + 2 * stateSize, innerSize], role: "precise-matrix" },
    { name: `${prefix}.dt_proj.weight`, shape: [innerSize, deltaRank], role: "precise-matrix" },
    vector(`${prefix}.dt_proj.bias`, innerSize),
    vector(`${prefix}.A_log`, innerSize, stateSize),
    vector(`${prefix}.D`, innerSize),
    matrix(`${prefix}.out_proj.weight`, hiddenSize, innerSize),
  ];
}

function attentionTensors(config: ModelConfig, cross: boolean, prefix: string): PlannedTensor[] {
  const { hiddenSize, headDim, numKvHeads } = config;
  const projected = hiddenSize + (cross ? 0 : 2 * numKvHeads * headDim);
  return [
    matrix(`${prefix}.Wqkv.weight`, projected, hiddenSize),
    vector(`${prefix}.Wqkv.bias`, projected),
    ...["lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"].map((name) =>
      vector(`${prefix}.inner_cross_attn.${name}`, headDim),
    ),
    vector(`${prefix}.inner_cross_attn.subln.weight`, 2 * headDim),
    matrix(`${prefix}.out_proj.weight`, hiddenSize, hiddenSize),
    vector(`${prefix}.out_proj.bias`, hiddenSize),
  ];
}

const norm = (prefix: string, size: number): PlannedTensor[] => [
  vector(`${prefix}.weight`, size),
  vector(`${prefix}.bias`, size),
];

const matrix = (name: string, rows: number, cols: number): PlannedTensor => ({
  name,
  shape: [rows, cols],
  role: "matrix",
});

const vector = (name: string, ...shape: number[]): PlannedTensor => ({ name, shape, role: "vector" });
