import type { Gpu } from "@gpu/device";
import { encode } from "@gpu/recording";
import { writeStep } from "@gpu/step";
import { createTensor, download, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import { type Contexts, createContexts, destroyContexts, stackWeights } from "../layers/contexts";
import type { LayerContext } from "../layers/layer-context";
import { decodeStages, lastTokenStages, prefillStages, type Stage } from "../model";
import type { CacheFormat } from "../state/kv-cache";
import { createSequenceState, destroySequenceState, type SequenceState } from "../state/sequence-state";
import type { Weights } from "../weights/weights";

/** A model opened for looking inside: the stages that a session flattens are run one by one. */
export interface Rig {
  readonly gpu: Gpu;
  readonly config: ModelConfig;
  readonly contexts: Contexts;
  readonly state: SequenceState;
  readonly logits: Tensor;
}

/**
 * @param fuses as in createContexts.
 * @param fullCache the format of the full cache.
 */
export function openRig(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  chunk: number,
  capacity: number,
  fuses?: boolean,
  fullCache?: CacheFormat,
): Rig {
  const contexts = createContexts(gpu, config, weights, chunk, capacity, fuses);
  stackWeights(contexts);
  return {
    gpu,
    config,
    contexts,
    state: createSequenceState(gpu, config, chunk, capacity, fullCache),
    logits: createTensor(gpu, "logits", [1, config.vocabSize]),
  };
}

export function closeRig({ contexts, state, logits }: Rig): void {
  destroyContexts(contexts);
  destroySequenceState(state);
  logits.buffer.destroy();
}

export interface Trace {
  /** (half-layers, tokens, hiddenSize): the residual stream after each mixer and after each MLP. */
  readonly residuals: Float32Array;
  /** (tokens, vocabSize). */
  readonly logits: Float32Array;
}

/** Token by token, every residual and all logits. */
export async function traceDecode(rig: Rig, ids: readonly number[]): Promise<Trace> {
  const { gpu, config, contexts, state, logits } = rig;
  const { numLayers, hiddenSize, vocabSize } = config;
  const residuals = createTensor(gpu, "residual trace", [2 * numLayers, ids.length, hiddenSize]);
  const allLogits = createTensor(gpu, "logits trace", [ids.length, vocabSize]);
  const stages = decodeStages(contexts.one, state, logits);
  for (const [position, id] of ids.entries()) {
    setInput(contexts.one, [id], position);
    runStages(rig, contexts.one, stages, 1, { residuals, position });
    copy(gpu, logits, allLogits, position * vocabSize * 4, vocabSize * 4);
  }
  return { residuals: await take(gpu, residuals), logits: await take(gpu, allLogits) };
}

/** In chunks of at most `chunk` tokens: the residuals of the self-decoder, and the last token's logits. */
export async function tracePrefill(rig: Rig, ids: readonly number[], chunk: number): Promise<Trace> {
  const { gpu, config, contexts, state, logits } = rig;
  const { many, one } = contexts;
  const halfLayers = 2 * (config.numLayers / 2 + 1);
  const residuals = createTensor(gpu, "residual trace", [halfLayers, ids.length, config.hiddenSize]);
  const stages = prefillStages(many, state);
  for (let position = 0; position < ids.length; position += chunk) {
    const part = ids.slice(position, position + chunk);
    setInput(many, part, position);
    runStages(rig, many, stages, part.length, { residuals, position });
  }
  writeStep(gpu, one.step, { position: ids.length - 1, tokens: 1, done: 0, drawn: 0 });
  runStages(rig, one, lastTokenStages(many, one, state, logits), 1);
  return { residuals: await take(gpu, residuals), logits: await download(gpu, logits) };
}

/** The tokens of the next run of a context, and the position of the first. */
export function setInput({ gpu, step, activations }: LayerContext, ids: readonly number[], position: number): void {
  gpu.device.queue.writeBuffer(activations.ids.buffer, 0, new Uint32Array(ids));
  writeStep(gpu, step, { position, tokens: ids.length, done: 0, drawn: 0 });
}

/** Where the residual stream goes after each half-layer of a run. */
export interface Capture {
  /** (half-layers, tokens, hiddenSize). */
  readonly residuals: Tensor;
  /** The token of `residuals` at which the first row goes. */
  readonly position: number;
  /** The first row that is kept; all after it are kept too. 0 unless said otherwise. */
  readonly firstRow?: number;
  /** The half-layer of `residuals` that the run's first one is. 0 unless said otherwise. */
  readonly firstHalfLayer?: number;
}

/** Runs stages one by one over so many rows. */
export function runStages(
  { gpu }: Rig,
  context: LayerContext,
  stages: readonly Stage[],
  rows: number,
  capture?: Capture,
): void {
  const encoder = gpu.device.createCommandEncoder({ label: "trace" });
  let halfLayer = capture?.firstHalfLayer ?? 0;
  for (const { label, recording } of stages) {
    const pass = encoder.beginComputePass({ label });
    encode(pass, recording, rows);
    pass.end();
    if (!capture || !/ (mixer|mlp)$/.test(label)) continue;
    const { residuals, position, firstRow = 0 } = capture;
    const [, tokens = 0, size = 0] = residuals.shape;
    const target = (halfLayer++ * tokens + position) * size * 4;
    const source = context.activations.residual.buffer;
    const length = (rows - firstRow) * size * 4;
    encoder.copyBufferToBuffer(source, firstRow * size * 4, residuals.buffer, target, length);
  }
  gpu.device.queue.submit([encoder.finish()]);
}

function copy(gpu: Gpu, from: Tensor, to: Tensor, offset: number, size: number): void {
  const encoder = gpu.device.createCommandEncoder({ label: "trace" });
  encoder.copyBufferToBuffer(from.buffer, 0, to.buffer, offset, size);
  gpu.device.queue.submit([encoder.finish()]);
}

async function take(gpu: Gpu, tensor: Tensor): Promise<Float32Array> {
  const values = await download(gpu, tensor);
  tensor.buffer.destroy();
  return values;
}
