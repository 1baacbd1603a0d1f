import { writeStep } from "@gpu/step";
import { createTensor, download, type Tensor } from "@gpu/tensor";
import { decodeStages, lastTokenStages, prefillStages } from "../model";
import { type Rig, runStages, setInput } from "./trace";

/** What is compared where the whole trace would be too much. */
export interface Spots {
  /** By position: (vocabSize). */
  readonly logits: ReadonlyMap<number, Float32Array>;
  /** (half-layers, hiddenSize): the residual stream of the last token after each mixer and after each MLP. */
  readonly residuals: Float32Array;
}

export interface SpotOptions {
  /** Most tokens of one prefill run. */
  readonly chunk: number;
  /** Tokens from this position on are decoded one by one; all before are prefilled. ids.length: none is decoded. */
  readonly decodeFrom: number;
}

/**
 * Reads `ids` from an empty state and keeps the logits at some positions.
 *
 * @param positions ascending.
 */
export async function traceSpots(
  rig: Rig,
  ids: readonly number[],
  positions: readonly number[],
  options: SpotOptions,
): Promise<Spots> {
  const { numLayers, hiddenSize } = rig.config;
  const residuals = createTensor(rig.gpu, "last residuals", [2 * numLayers, 1, hiddenSize]);
  const logits = new Map([
    ...(await prefillSpots(rig, ids, positions, options, residuals)),
    ...(await decodeSpots(rig, ids, positions, options, residuals)),
  ]);
  const last = await download(rig.gpu, residuals);
  residuals.buffer.destroy();
  return { logits, residuals: last };
}

type Logits = Map<number, Float32Array>;

async function prefillSpots(
  rig: Rig,
  ids: readonly number[],
  positions: readonly number[],
  { chunk, decodeFrom }: SpotOptions,
  residuals: Tensor,
): Promise<Logits> {
  const { gpu, contexts, state, logits } = rig;
  const { many, one } = contexts;
  const stages = prefillStages(many, state);
  const lastStages = lastTokenStages(many, one, state, logits);
  const selfDecoder = 2 * (rig.config.numLayers / 2 + 1);
  const kept: Logits = new Map();
  let position = 0;
  while (position < decodeFrom) {
    const spot = positions.find((candidate) => candidate >= position) ?? ids.length - 1;
    const part = ids.slice(position, Math.min(position + chunk, spot + 1, decodeFrom));
    setInput(many, part, position);
    position += part.length;
    const capture = { residuals, position: 0, firstRow: part.length - 1 };
    runStages(rig, many, stages, part.length, capture);
    if (position !== spot + 1) continue;
    writeStep(gpu, one.step, { position: spot, tokens: 1, done: 0, drawn: 0 });
    runStages(rig, one, lastStages, 1, { residuals, position: 0, firstHalfLayer: selfDecoder });
    kept.set(spot, await download(gpu, logits));
  }
  return kept;
}

async function decodeSpots(
  rig: Rig,
  ids: readonly number[],
  positions: readonly number[],
  { decodeFrom }: SpotOptions,
  residuals: Tensor,
): Promise<Logits> {
  const { gpu, contexts, state, logits } = rig;
  const stages = decodeStages(contexts.one, state, logits);
  const kept: Logits = new Map();
  for (let position = decodeFrom; position < ids.length; position++) {
    setInput(contexts.one, ids.slice(position, position + 1), position);
    runStages(rig, contexts.one, stages, 1, { residuals, position: 0 });
    if (positions.includes(position)) kept.set(position, await download(gpu, logits));
  }
  return kept;
}
