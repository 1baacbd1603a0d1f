import type { Gpu } from "@gpu/device";
import { checked } from "@gpu/recording";
import type { ModelConfig } from "../config";
import { tuneMatvecs } from "../layers/tune-matvecs";
import type { CacheFormat } from "../state/kv-cache";
import type { Weights } from "../weights/weights";
import { Runner } from "./runner";
import { type MeasuringOptions, Session } from "./session";

export interface SessionOptions extends MeasuringOptions {
  /** Most tokens that the state may hold. */
  readonly contextLength: number;
  /** Prompt tokens read by one run. */
  readonly chunk?: number;
  /** Positions of the full cache to begin with; it doubles when they are used up. */
  readonly initialCapacity?: number;
  /** "int8" halves what attention reads of a long context, and rounds it; state/README.md says how far. f16 unless given. */
  readonly fullCache?: CacheFormat;
  /** GPU memory for states to which the sequence can go back; as suits the model unless given. */
  readonly checkpointBytes?: number;
  /** Ends the opening: the tuning takes a while. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves when the weights are there; left out when they are. Kernels are compiled meanwhile. */
  readonly loaded?: Promise<unknown> | undefined;
}

const DEFAULT_CHUNK = 256;
const DEFAULT_CAPACITY = 2048;

/**
 * Allocates the state of one sequence, compiles what runs on it, and tunes the kernels to the device, unless that was done
 * before.
 *
 * @throws GpuFaultError when WebGPU refuses a kernel or an allocation; whatever `loaded` throws; AbortError.
 */
export async function openSession(
  gpu: Gpu,
  config: ModelConfig,
  weights: Weights,
  options: SessionOptions,
): Promise<Session> {
  const {
    contextLength,
    chunk = DEFAULT_CHUNK,
    initialCapacity = DEFAULT_CAPACITY,
    loaded,
    signal,
    checkpointBytes,
  } = options;
  signal?.throwIfAborted();
  const fullCache = options.fullCache ?? "f16";
  const runner = await checked(
    gpu,
    "opening a session",
    () => new Runner(gpu, config, weights, { contextLength, chunk, initialCapacity, fullCache, checkpointBytes }),
    (refused) => refused.destroy(),
  );
  try {
    const prepare = async () => {
      // First, so that candidates do not hold it up: most of it runs whatever is chosen.
      await runner.compile();
      const meter = { gpu, now: () => performance.now() };
      if (!(await tuneMatvecs(meter, config, weights, { loaded, signal }))) return;
      runner.rebuild();
      await runner.compile();
    };
    await Promise.all([prepare(), loaded]);
    await runner.takeWeights();
    return new Session(runner, options);
  } catch (error) {
    runner.destroy();
    throw error;
  }
}
