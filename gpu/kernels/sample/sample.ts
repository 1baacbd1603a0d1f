import type { Gpu } from "../../device";
import { type Dispatch, type KernelCall, prepare } from "../../kernel";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import { STEP_WORDS } from "../../step";
import { createTensor, type Tensor } from "../../tensor";
import { SAMPLE_PARAMETER_WORDS } from "./parameters";
import wgsl from "./sample.wgsl?raw";

/** Logits of one workgroup of the passes over all of them. */
const BLOCK_SIZE = 1024;
/** sample.wgsl sums small fractions of this many probabilities in 32 bits. */
const MAX_VOCAB_SIZE = 2 ** 18;
const LARGE_VOCAB_SIZE = 16_384;
/**
 * Threads of a workgroup: `block` of the passes over all logits, `pick` of the one workgroup that ranks the list. Few on software
 * adapters, because SwiftShader takes about 10 µs to begin each four threads of a workgroup that has barriers.
 */
const SMALL = { block: 16, pick: 16 };
const LARGE = { block: 64, pick: 256 };
const LARGE_ON_CARD = { block: 256, pick: 256 };
const CONTENDER_WORDS = 2;
const LISTED_WORDS = 3;
const PEAK_WORDS = 2;
const SUMMARY_WORDS = 3;

/** What the three passes hand to each other. Contents between runs mean nothing. */
export interface SampleScratch {
  readonly peaks: Tensor;
  readonly contenders: Tensor;
  readonly summary: Tensor;
  readonly list: Tensor;
}

/**
 * Allocates the scratch for one sampler: 12 bytes a token of the vocabulary.
 *
 * @throws GpuFaultError when the device cannot bind that much at once.
 */
export function createSampleScratch(gpu: Gpu, vocabSize: number): SampleScratch {
  const blocks = ceilDiv(vocabSize, BLOCK_SIZE);
  const words = (label: string, shape: readonly number[]) => createTensor(gpu, `sample ${label}`, shape, "u32");
  return {
    peaks: words("peaks", [blocks, PEAK_WORDS]),
    contenders: words("contenders", [blocks, CONTENDER_WORDS]),
    summary: words("summary", [SUMMARY_WORDS]),
    list: words("list", [vocabSize, LISTED_WORDS]),
  };
}

export function destroySampleScratch(scratch: SampleScratch): void {
  for (const { buffer } of Object.values<Tensor>({ ...scratch })) buffer.destroy();
}

export interface SampleTensors {
  /** (1, vocabSize) f32, vocabSize at most 262,144. */
  logits: Tensor;
  /** (SAMPLE_PARAMETER_WORDS) u32, from packSampleParameters. */
  parameters: Tensor;
  /** (4) u32, see gpu/step.ts; read and, unless done, advanced. */
  step: Tensor;
  /** (any) u32; the first becomes the token: what the embedding reads next. */
  ids: Tensor;
  /** (capacity) u32, a ring; element `drawn % capacity` becomes the token. */
  emitted: Tensor;
  /** From createSampleScratch for this vocabSize. */
  scratch: SampleScratch;
}

/**
 * Chooses the next token: temperature, then top-k, top-p, min-p, each over what the one before left, then a Gumbel-max
 * draw hashed from (seed, step.drawn, token id). Tokens rank by logit, then by id (the lower first), and each filter
 * keeps a beginning of that ranking; temperature 0 keeps the first token alone. So the same logits, seed and step give
 * the same token, whatever the order of threads.
 *
 * Three dispatches: survey and gather over blocks of logits, pick in one workgroup. If step.done is 0 they end with
 *   ids[0] = emitted[step.drawn % capacity] = token; step.drawn += 1; step.position += 1;
 *   step.done = 1 if the token is one of the stop ids
 * so that a chain embedding … head → sample can run any number of times in one submit. If it is 1, nothing changes.
 *
 * @throws ShapeError when shapes disagree or the vocabulary is too large.
 */
export function sample(gpu: Gpu, { logits, parameters, step, ids, emitted, scratch }: SampleTensors): Dispatch[] {
  const [, vocabSize = 0] = logits.shape;
  const [emittedCapacity = 0] = emitted.shape;
  const { peaks, contenders, summary, list } = scratch;
  assertShape("logits", logits.shape, [1, vocabSize]);
  assertThat(
    vocabSize > 0 && vocabSize <= MAX_VOCAB_SIZE,
    `logits has ${vocabSize} columns, expected 1 to ${MAX_VOCAB_SIZE}`,
  );
  assertShape("parameters", parameters.shape, [SAMPLE_PARAMETER_WORDS]);
  assertShape("step", step.shape, [STEP_WORDS]);
  assertShape("emitted", emitted.shape, [emittedCapacity]);
  assertThat(emittedCapacity > 0, "emitted is empty");
  assertThat(ids.shape.length === 1 && ids.shape[0] !== 0, "ids has no element for the token");
  assertShape("scratch.list", list.shape, [vocabSize, LISTED_WORDS]);

  const blocks = ceilDiv(vocabSize, BLOCK_SIZE);
  const pass = (entryPoint: string, workgroups: number, rest: Pick<KernelCall, "bindings" | "constants">) =>
    prepare(gpu, {
      label: `sample ${entryPoint}`,
      wgsl,
      entryPoint,
      constants: { vocab_size: vocabSize, threads: threads.block, ...rest.constants },
      bindings: { 4: summary, ...rest.bindings },
      workgroups: () => [workgroups, 1, 1],
    });
  const large = gpu.adapter.isFallback ? LARGE : LARGE_ON_CARD;
  const threads = vocabSize >= LARGE_VOCAB_SIZE ? large : SMALL;
  const survey = { 0: parameters, 1: logits, 2: peaks };
  const gather = { ...survey, 3: contenders, 5: list, 6: step };
  const pick = { 0: parameters, 3: contenders, 5: list, 7: step, 8: ids, 9: emitted };
  return [
    pass("survey", blocks, { constants: {}, bindings: survey }),
    pass("gather", blocks, { constants: {}, bindings: gather }),
    pass("pick", 1, { constants: { threads: threads.pick, emitted_capacity: emittedCapacity }, bindings: pick }),
  ];
}
