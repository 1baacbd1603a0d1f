import type { Gpu } from "@gpu/device";
import type { Dispatch } from "@gpu/kernel";
import { packSampleParameters, SAMPLE_PARAMETER_WORDS, type SampleParameters } from "@gpu/kernels/sample/parameters";
import { createSampleScratch, destroySampleScratch, type SampleScratch, sample } from "@gpu/kernels/sample/sample";
import { createTensor, type Tensor, upload } from "@gpu/tensor";
import type { ModelConfig } from "../config";
import type { LayerContext } from "./layer-context";

/** Between the LM head and the next embedding. */
export interface SamplerBuffers {
  /** (1, vocabSize) f32. */
  readonly logits: Tensor;
  /** (EMITTED_CAPACITY) u32, a ring of sampled ids for the host to read. */
  readonly emitted: Tensor;
  readonly parameters: Tensor;
  readonly scratch: SampleScratch;
}

/** More than the tokens of all submits in flight, so that none is overwritten before the host has read it. */
const EMITTED_CAPACITY = 64;

export function createSamplerBuffers(gpu: Gpu, { vocabSize }: ModelConfig): SamplerBuffers {
  return {
    logits: createTensor(gpu, "logits", [1, vocabSize]),
    emitted: createTensor(gpu, "emitted ids", [EMITTED_CAPACITY], "u32"),
    parameters: createTensor(gpu, "sampler parameters", [SAMPLE_PARAMETER_WORDS], "u32"),
    scratch: createSampleScratch(gpu, vocabSize),
  };
}

/** Takes effect for all work submitted afterwards. */
export function writeSampling(gpu: Gpu, { parameters }: SamplerBuffers, values: SampleParameters): void {
  upload(gpu, parameters, packSampleParameters(values));
}

/** Draws the next id from the logits into the context's ids, and advances its step. */
export function sampler({ gpu, step, activations }: LayerContext, buffers: SamplerBuffers): Dispatch[] {
  return sample(gpu, { ...buffers, step, ids: activations.ids });
}

export function destroySamplerBuffers({ logits, emitted, parameters, scratch }: SamplerBuffers): void {
  for (const { buffer } of [logits, emitted, parameters]) buffer.destroy();
  destroySampleScratch(scratch);
}
