import type { Gpu } from "../../device";
import { checked, type Recording, submit } from "../../recording";
import type { StepValues } from "../../step";
import { createTensor, downloadBytes, type Tensor, upload } from "../../tensor";
import { stepOf, tensorOf } from "../../testing/harness";
import { packSampleParameters, SAMPLE_PARAMETER_WORDS, type SampleParameters } from "./parameters";
import { createSampleScratch, sample } from "./sample";

/** All filters off. */
export const UNFILTERED: SampleParameters = { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 1, stopIds: [] };

/** A sampler with everything around it. */
export interface TestSampler {
  readonly recording: Recording;
  readonly step: Tensor;
  readonly ids: Tensor;
  readonly emitted: Tensor;
}

export interface TestSamplerOptions {
  readonly capacity: number;
  readonly step?: Partial<StepValues>;
}

export function testSampler(
  gpu: Gpu,
  values: Float32Array,
  parameters: Partial<SampleParameters>,
  options: TestSamplerOptions,
): TestSampler {
  const logits = tensorOf(gpu, "logits", [1, values.length], values);
  const words = createTensor(gpu, "parameters", [SAMPLE_PARAMETER_WORDS], "u32");
  upload(gpu, words, packSampleParameters({ ...UNFILTERED, ...parameters }));
  const step = stepOf(gpu, options.step);
  const ids = createTensor(gpu, "ids", [3], "u32");
  const emitted = createTensor(gpu, "emitted", [options.capacity], "u32");
  const scratch = createSampleScratch(gpu, values.length);
  const recording = sample(gpu, { logits, parameters: words, step, ids, emitted, scratch });
  return { recording, step, ids, emitted };
}

export const readWords = async (gpu: Gpu, tensor: Tensor): Promise<number[]> =>
  Array.from(new Uint32Array(await downloadBytes(gpu, tensor)).subarray(0, tensor.shape[0]));

/** One for all tests: pipelines are compiled for a capacity, and compiling takes longer than most tests. */
export const CAPACITY = 20_000;

/** The tokens of `count` runs of the sampler, the first with drawn = 0. */
export async function drawTokens(
  gpu: Gpu,
  logits: Float32Array,
  parameters: Partial<SampleParameters>,
  count: number,
): Promise<number[]> {
  return checked(gpu, "draws", async () => {
    const { recording, emitted } = testSampler(gpu, logits, parameters, { capacity: CAPACITY });
    submit(gpu, recording, 1, { repeat: count });
    return (await readWords(gpu, emitted)).slice(0, count);
  });
}

/**
 * The same, faster: survey, and gather where it makes a list, depend on nothing that changes from draw to draw, so they
 * run once.
 */
export async function drawMany(
  gpu: Gpu,
  logits: Float32Array,
  parameters: Partial<SampleParameters>,
  count: number,
): Promise<number[]> {
  return checked(gpu, "draws", async () => {
    const { recording, emitted } = testSampler(gpu, logits, parameters, { capacity: CAPACITY });
    const { topK, topP } = { ...UNFILTERED, ...parameters };
    const lists = (topK > 0 && topK < logits.length) || topP < 1;
    const once = lists ? 2 : 1;
    submit(gpu, recording.slice(0, once), 1);
    submit(gpu, recording.slice(once), 1, { repeat: count });
    return (await readWords(gpu, emitted)).slice(0, count);
  });
}

/** Logits whose ranking has nothing to do with their order: a few likely tokens, and ever less likely ones. */
export function shuffledLogits(count: number, decay: number): Float32Array {
  const stride = 7919; // a prime, so that every id gets one logit
  return Float32Array.from({ length: count }, (_, id) => 3 - decay * ((id * stride) % count));
}

/**
 * Fails when tokens are drawn that cannot be, or when frequencies are so far from the probabilities that chance would do
 * it once in a million tests (Pearson's chi-square; Wilson and Hilferty's approximation of its quantile). Tokens
 * expected fewer than five times are counted together.
 */
export function expectFrequencies(tokens: readonly number[], probabilities: Float64Array): void {
  const counts = new Float64Array(probabilities.length);
  for (const token of tokens) counts[token] = (counts[token] ?? 0) + 1;
  const impossible = tokens.find((token) => !((probabilities[token] ?? 0) > 0));
  if (impossible !== undefined) throw new Error(`token ${impossible} was drawn, whose probability is 0`);

  const rest = { count: 0, expected: 0 };
  const bins = [rest];
  for (const [id, probability] of probabilities.entries()) {
    const bin = { count: counts[id] ?? 0, expected: probability * tokens.length };
    if (bin.expected >= 5) bins.push(bin);
    else {
      rest.count += bin.count;
      rest.expected += bin.expected;
    }
  }
  const used = bins.filter(({ expected }) => expected >= 5);
  const statistic = used.reduce((sum, { count, expected }) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = used.length - 1;
  if (freedom > 0 && !(statistic < chiSquareQuantile(freedom, 4.75))) {
    throw new Error(`chi-square is ${statistic} with ${freedom} degrees of freedom`);
  }
}

/** The value that chi-square exceeds as rarely as a normal variable exceeds `deviations`. */
function chiSquareQuantile(freedom: number, deviations: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + deviations * Math.sqrt(spread)) ** 3;
}
