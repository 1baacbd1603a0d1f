export interface AttentionMergeCase {
  /** (splits with keys, heads, 2 * headDim + 4): value sums, highest score, sum of weights, two zeros. */
  partials: ArrayLike<number>;
  /** (4, headDim): lambda_q1, lambda_k1, lambda_q2, lambda_k2. */
  lambdas: ArrayLike<number>;
  /** (2 * headDim). */
  subln: ArrayLike<number>;
  lambdaInit: number;
  heads: number;
  headDim: number;
}

/** The plain statement of what attention-merge.wgsl computes: (heads * headDim). */
export function attentionMergeReference(given: AttentionMergeCase): Float32Array {
  const { subln, lambdaInit, heads, headDim } = given;
  const lambda = lambdaOf(given);
  const out: number[] = [];
  for (let pair = 0; pair < heads / 2; pair++) {
    const first = softmaxValues(given, 2 * pair);
    const second = softmaxValues(given, 2 * pair + 1);
    const difference = first.map((value, i) => value - lambda * at(second, i));
    const meanSquare = difference.reduce((sum, value) => sum + value * value, 0) / (2 * headDim);
    const factor = (1 - lambdaInit) / Math.sqrt(meanSquare + 1e-5);
    out.push(...difference.map((value, i) => value * factor * at(subln, i)));
  }
  return Float32Array.from(out);
}

/** exp(λq1·λk1) − exp(λq2·λk2) + λinit. */
function lambdaOf({ lambdas, lambdaInit, headDim }: AttentionMergeCase): number {
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < headDim; i++) sum += at(lambdas, a * headDim + i) * at(lambdas, b * headDim + i);
    return sum;
  };
  return Math.exp(dot(0, 1)) - Math.exp(dot(2, 3)) + lambdaInit;
}

function softmaxValues({ partials, heads, headDim }: AttentionMergeCase, head: number): number[] {
  const stride = 2 * headDim + 4;
  const starts = Array.from({ length: partials.length / (heads * stride) }, (_, i) => (i * heads + head) * stride);
  const peak = Math.max(...starts.map((start) => at(partials, start + 2 * headDim)));
  const weights = starts.map((start) => Math.exp(at(partials, start + 2 * headDim) - peak));
  const total = starts.reduce((sum, start, n) => sum + at(weights, n) * at(partials, start + 2 * headDim + 1), 0);
  return Array.from(
    { length: 2 * headDim },
    (_, i) => starts.reduce((sum, start, n) => sum + at(weights, n) * at(partials, start + i), 0) / total,
  );
}

const at = (array: ArrayLike<number>, index: number): number => array[index] ?? Number.NaN;
