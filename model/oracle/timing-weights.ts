import type { Gpu } from "@gpu/device";
import type { Matrix } from "@gpu/matrix";
import type { ModelConfig } from "../config";
import { shippedFormat } from "../cost";
import { tensorPlan } from "../tensor-plan";
import { toF16 } from "../weights/half";
import { allocateWeights, type Weights } from "../weights/weights";
import { FormulaWriter } from "./formula-writer";

const BLOCK_BYTES = 2 ** 22;

/**
 * Weights for timing, in the shipped formats and within seconds at any size: vectors by formula, matrices of repeated
 * random values made by copies on the GPU, in a range that keeps activations finite.
 */
export function timingWeights(gpu: Gpu, config: ModelConfig): Weights {
  const plan = tensorPlan(config).map((tensor) => ({ ...tensor, format: shippedFormat(tensor) }));
  const weights = allocateWeights(gpu, plan);
  const vectors = new FormulaWriter(gpu);
  const matrices = new RandomFiller(gpu);
  for (const { name, format } of plan) {
    if (format === "f32") vectors.vector(name, weights.vector(name));
    else matrices.fill(weights.matrix(name));
  }
  vectors.destroy();
  matrices.destroy();
  return weights;
}

/** Fills matrices with repeated random values. Nothing is waited for. */
export class RandomFiller {
  readonly #gpu: Gpu;
  /** What is copied, by what it holds: codes, or halves of one magnitude. */
  readonly #blocks = new Map<string, GPUBuffer>();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  fill({ cols, format, parts }: Matrix): void {
    const encoder = this.#gpu.device.createCommandEncoder({ label: "random values" });
    const range = Math.sqrt(3 / cols);
    for (const { values, scales } of parts) {
      if (format === "int4") repeat(encoder, this.#block("codes", randomWords), values);
      else
        repeat(
          encoder,
          this.#block(`f16 ${range}`, () => randomHalves(range)),
          values,
        );
      if (scales)
        repeat(
          encoder,
          this.#block(`scale ${range}`, () => sameHalves(range / 8)),
          scales,
        );
    }
    this.#gpu.device.queue.submit([encoder.finish()]);
  }

  /** The GPU keeps the blocks until it has copied them. */
  destroy(): void {
    for (const block of this.#blocks.values()) block.destroy();
  }

  #block(key: string, make: () => Uint32Array<ArrayBuffer>): GPUBuffer {
    const made = this.#blocks.get(key);
    if (made) return made;
    const words = make();
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const block = this.#gpu.device.createBuffer({ label: key, size: words.byteLength, usage });
    this.#gpu.device.queue.writeBuffer(block, 0, words);
    this.#blocks.set(key, block);
    return block;
  }
}

function repeat(encoder: GPUCommandEncoder, block: GPUBuffer, to: GPUBuffer): void {
  for (let offset = 0; offset < to.size; offset += block.size) {
    encoder.copyBufferToBuffer(block, 0, to, offset, Math.min(block.size, to.size - offset));
  }
}

/** 4 MiB of repeatable random bits. */
export function randomWords(): Uint32Array<ArrayBuffer> {
  let state = 1;
  return Uint32Array.from({ length: BLOCK_BYTES / 4 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}

/** Two to a word: ± range · (1 … 2) / 2, by random signs and mantissas. */
export function randomHalves(range: number): Uint32Array<ArrayBuffer> {
  const exponent = toF16(2 ** Math.floor(Math.log2(range))) & 0x7c00;
  const exponents = exponent | (exponent << 16);
  return randomWords().map((word) => (word & 0x83ff83ff) | exponents);
}

/** 256 KiB of one f16, two to a word. */
export function sameHalves(value: number): Uint32Array<ArrayBuffer> {
  const half = toF16(value);
  return new Uint32Array(2 ** 16).fill((half | (half << 16)) >>> 0);
}
