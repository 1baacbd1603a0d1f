import { download } from "@gpu/tensor";
import { relativeL2 } from "@gpu/testing/relative-l2";
import type { KvCache } from "../state/kv-cache";
import type { Golden } from "./golden";
import { readCache } from "./read-cache";
import type { Rig } from "./trace";

/** How far one piece of state is from the oracle's. */
export interface StateError {
  readonly what: string;
  /** Relative L2. */
  readonly error: number;
}

/** Every state after `tokens` tokens against the oracle's: conv and SSM states whole, keys and values by position. */
export async function stateErrors(rig: Rig, golden: Golden, tokens: number): Promise<StateError[]> {
  const { config, state } = rig;
  const errors = await recurrentErrors(rig, golden);
  const full = config.numLayers / 2 + 1;
  errors.push(...(await cacheErrors(rig, golden, full, state.full, 0, tokens)));
  for (const [index, ring] of state.rings) {
    const oldest = Math.max(0, tokens - config.slidingWindow);
    errors.push(...(await cacheErrors(rig, golden, index, ring, oldest, tokens)));
  }
  return errors;
}

async function recurrentErrors({ gpu, state }: Rig, golden: Golden): Promise<StateError[]> {
  const errors: StateError[] = [];
  for (const [index, { convState, ssmState }] of state.mamba) {
    const conv = relativeL2(await download(gpu, convState), golden.values(`layer${index}.conv`));
    const ssm = relativeL2(await download(gpu, ssmState), golden.values(`layer${index}.ssm`));
    errors.push({ what: `layer ${index} conv`, error: conv }, { what: `layer ${index} ssm`, error: ssm });
  }
  return errors;
}

async function cacheErrors(
  { gpu, config }: Rig,
  golden: Golden,
  index: number,
  cache: KvCache,
  oldest: number,
  tokens: number,
): Promise<StateError[]> {
  const width = config.numKvHeads * config.headDim;
  const errors: StateError[] = [];
  for (const which of ["keys", "values"] as const) {
    const row = await readCache(gpu, cache, which);
    const expected = golden.values(`layer${index}.${which === "keys" ? "k" : "v"}`);
    for (let position = oldest; position < tokens; position++) {
      const want = expected.subarray(position * width, (position + 1) * width);
      errors.push({ what: `layer ${index} ${which} at ${position}`, error: relativeL2(row(position), want) });
    }
  }
  return errors;
}
