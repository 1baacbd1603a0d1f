import { parseConfig } from "../config";
import { tensorBytes } from "../cost";
import { tensorPlan } from "../tensor-plan";

/** The model that Longhand is built for, as far as it is known without asking its publisher. */
export const PUBLISHED_MODEL = {
  id: "phi-4-mini-flash-reasoning",
  name: "Phi-4-mini-flash-reasoning",
  description:
    "A model of 3.85 billion parameters, made for long chains of mathematical thought. It thinks at length before it answers, and can be wrong.",
  repository: "microsoft/Phi-4-mini-flash-reasoning",
  revision: "main",
  licence: "MIT, Microsoft",
} as const;

/** Its sizes, from the config.json that it is published with. */
export const PUBLISHED_CONFIG = parseConfig({
  model_type: "phi4flash",
  vocab_size: 200_064,
  hidden_size: 2560,
  intermediate_size: 10_240,
  num_hidden_layers: 32,
  num_attention_heads: 40,
  num_key_value_heads: 20,
  sliding_window: 512,
  mamba_d_state: 16,
  mamba_d_conv: 4,
  mamba_expand: 2,
  mamba_dt_rank: 160,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 262_144,
});

/** Bytes of its tensors as published, nearly all of them in bfloat16. */
export const PUBLISHED_BYTES = tensorPlan(PUBLISHED_CONFIG).reduce(
  (sum, tensor) => sum + tensorBytes(tensor, "f16"),
  0,
);

/** Bytes of its tokenizer and other small files, about. */
export const PUBLISHED_FILE_BYTES = 15_600_000;
