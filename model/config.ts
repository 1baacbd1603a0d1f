/** The sizes of a SambaY model, read from the published `config.json`. */
export interface ModelConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  /** Keys that a sliding-window layer sees, the query's own position included. */
  readonly slidingWindow: number;
  /** d_inner: channels of a Mamba layer and of the GMU memory. */
  readonly innerSize: number;
  /** d_state: SSM states of a channel. */
  readonly stateSize: number;
  /** d_conv: taps of the causal convolution. */
  readonly convWidth: number;
  /** dt_rank: width of Δ before its projection. */
  readonly deltaRank: number;
  readonly layerNormEps: number;
  /** Positions the model was made for. */
  readonly maxPositions: number;
}

/** A `config.json` that this engine cannot run. The message says which entry and why. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads `config.json` as the published checkpoint spells it.
 *
 * @throws ConfigError for another architecture, a missing or non-positive size, or sizes that do not fit together.
 */
export function parseConfig(json: unknown): ModelConfig {
  if (typeof json !== "object" || json === null) throw new ConfigError("config.json is not an object.");
  const entries = json as Record<string, unknown>;
  if (entries.model_type !== "phi4flash") {
    throw new ConfigError(`config.json: model_type is ${JSON.stringify(entries.model_type)}, expected "phi4flash".`);
  }
  const hiddenSize = size(entries, "hidden_size");
  const config: ModelConfig = {
    vocabSize: size(entries, "vocab_size"),
    hiddenSize,
    intermediateSize: size(entries, "intermediate_size"),
    numLayers: size(entries, "num_hidden_layers"),
    numHeads: size(entries, "num_attention_heads"),
    numKvHeads: size(entries, "num_key_value_heads"),
    headDim: hiddenSize / size(entries, "num_attention_heads"),
    slidingWindow: size(entries, "sliding_window"),
    innerSize: hiddenSize * size(entries, "mamba_expand"),
    stateSize: size(entries, "mamba_d_state"),
    convWidth: size(entries, "mamba_d_conv"),
    deltaRank: size(entries, "mamba_dt_rank"),
    layerNormEps: positive(entries, "layer_norm_eps"),
    maxPositions: size(entries, "max_position_embeddings"),
  };
  assertFits(config);
  return config;
}

function assertFits({ numLayers, numHeads, numKvHeads, headDim }: ModelConfig): void {
  const wrong = [
    numLayers % 4 !== 0 && `num_hidden_layers ${numLayers} is not a multiple of 4`,
    !Number.isInteger(headDim) && `hidden_size is not a multiple of num_attention_heads ${numHeads}`,
    numHeads % 2 !== 0 && `num_attention_heads ${numHeads} is odd; differential heads come in pairs`,
    numKvHeads % 2 !== 0 && `num_key_value_heads ${numKvHeads} is odd; differential heads come in pairs`,
    numHeads % numKvHeads !== 0 &&
      `num_attention_heads ${numHeads} is not a multiple of num_key_value_heads ${numKvHeads}`,
  ].find((problem) => problem !== false);
  if (wrong) throw new ConfigError(`config.json: ${wrong}.`);
}

function size(entries: Record<string, unknown>, key: string): number {
  const value = positive(entries, key);
  if (!Number.isInteger(value)) throw new ConfigError(`config.json: ${key} is ${value}, expected a whole number.`);
  return value;
}

function positive(entries: Record<string, unknown>, key: string): number {
  const value = entries[key];
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) {
    throw new ConfigError(`config.json: ${key} is ${JSON.stringify(value)}, expected a positive number.`);
  }
  return value;
}
