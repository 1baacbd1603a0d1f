import type { Gpu } from "@gpu/device";
import type { ModelConfig } from "../config";
import { layerPlan } from "../layer-plan";
import { type CacheFormat, createKvCache, destroyKvCache, type KvCache, moveKvCache } from "./kv-cache";
import { createMambaState, type MambaState } from "./mamba-state";

/** Everything that the model remembers of one sequence. All but `full` has a fixed size. */
export interface SequenceState {
  /** By layer index. */
  readonly mamba: ReadonlyMap<number, MambaState>;
  /** Of the sliding-window layers, by layer index: rings. */
  readonly rings: ReadonlyMap<number, KvCache>;
  /** Positions at which a query in those layers looks, its own included. */
  readonly slidingWindow: number;
  /** Of the one full-attention layer, read by every cross-attention layer too. It grows by steps. */
  full: KvCache;
}

/**
 * An empty state.
 *
 * @param chunk most tokens of one prefill run. A ring holds slidingWindow + chunk − 1 positions, because a chunk is
 *   appended before its first query reads what came before it.
 * @param capacity positions of the full cache to begin with.
 * @param format of the full cache. Rings are small and always f16.
 */
export function createSequenceState(
  gpu: Gpu,
  config: ModelConfig,
  chunk: number,
  capacity: number,
  format?: CacheFormat,
): SequenceState {
  const mamba = new Map<number, MambaState>();
  const rings = new Map<number, KvCache>();
  for (const [index, kind] of layerPlan(config).entries()) {
    if (kind === "mamba") mamba.set(index, createMambaState(gpu, `layer ${index}`, config));
    if (kind === "sliding") {
      rings.set(index, createKvCache(gpu, `layer ${index}`, config, config.slidingWindow + chunk - 1));
    }
  }
  const { slidingWindow } = config;
  return { mamba, rings, slidingWindow, full: createKvCache(gpu, "full cache", config, capacity, format) };
}

/** Forgets the sequence. Only the recurrent states need zeros: attention never reads past the position. */
export function resetSequenceState(gpu: Gpu, { mamba }: SequenceState): void {
  const encoder = gpu.device.createCommandEncoder({ label: "reset" });
  for (const { convState, ssmState } of mamba.values()) {
    encoder.clearBuffer(convState.buffer);
    encoder.clearBuffer(ssmState.buffer);
  }
  gpu.device.queue.submit([encoder.finish()]);
}

/** Takes a larger full cache in place of the one that there is. Recordings that bind the old one must be built again. */
export function replaceFullCache(gpu: Gpu, state: SequenceState, larger: KvCache): void {
  moveKvCache(gpu, state.full, larger);
  state.full = larger;
}

export function destroySequenceState({ mamba, rings, full }: SequenceState): void {
  for (const { convState, ssmState } of mamba.values()) {
    convState.buffer.destroy();
    ssmState.buffer.destroy();
  }
  for (const cache of [...rings.values(), full]) destroyKvCache(cache);
}
