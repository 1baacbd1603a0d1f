export interface DifferentialAttentionCase {
  /** (tokens, stride); the first heads * headDim columns are the queries. */
  qkv: ArrayLike<number>;
  stride: number;
  /** (capacity, kvHeads * headDim), position p in slot p mod capacity, all rows of this run appended. */
  keys: ArrayLike<number>;
  values: ArrayLike<number>;
  /** (4, headDim): lambda_q1, lambda_k1, lambda_q2, lambda_k2. */
  lambdas: ArrayLike<number>;
  /** (2 * headDim). */
  subln: ArrayLike<number>;
  lambdaInit: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  window: number;
  /** Of the first row, and how many rows there are. */
  position: number;
  tokens: number;
}

/** Differential attention of each row over the window that ends with it, stated plainly: (tokens, heads * headDim). */
export function differentialAttentionReference(given: DifferentialAttentionCase): Float32Array {
  const { subln, lambdaInit, heads, headDim, tokens } = given;
  const lambda = lambdaOf(given);
  const out: number[] = [];
  for (let token = 0; token < tokens; token++) {
    for (let pair = 0; pair < heads / 2; pair++) {
      const second = softmaxValues(given, token, 2 * pair + 1);
      const difference = softmaxValues(given, token, 2 * pair).map((value, i) => value - lambda * at(second, i));
      const meanSquare = difference.reduce((sum, value) => sum + value * value, 0) / (2 * headDim);
      const factor = (1 - lambdaInit) / Math.sqrt(meanSquare + 1e-5);
      out.push(...difference.map((value, i) => value * factor * at(subln, i)));
    }
  }
  return Float32Array.from(out);
}

/** exp(λq1·λk1) − exp(λq2·λk2) + λinit. */
function lambdaOf({ lambdas, lambdaInit, headDim }: DifferentialAttentionCase): number {
  const row = (index: number) => dot(lambdas, 2 * index * headDim, lambdas, (2 * index + 1) * headDim, headDim);
  return Math.exp(row(0)) - Math.exp(row(1)) + lambdaInit;
}

/** softmax(q k / √headDim) [v_even | v_odd] of one query head over the keys that its token sees: (2 * headDim). */
function softmaxValues(given: DifferentialAttentionCase, token: number, head: number): number[] {
  const { qkv, stride, keys, values, heads, kvHeads, headDim, window: visible, position } = given;
  const width = kvHeads * headDim;
  const capacity = keys.length / width;
  const kvPair = Math.floor(Math.floor(head / 2) / (heads / kvHeads));
  const keyColumn = (2 * kvPair + (head % 2)) * headDim;
  const rows: number[] = [];
  for (let p = Math.max(0, position + token - visible + 1); p <= position + token; p++) {
    rows.push((p % capacity) * width);
  }
  const query = token * stride + head * headDim;
  const scores = rows.map((row) => dot(qkv, query, keys, row + keyColumn, headDim) / Math.sqrt(headDim));
  const peak = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - peak));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sums = new Array<number>(2 * headDim).fill(0);
  for (const [n, row] of rows.entries()) {
    const weight = at(weights, n) / total;
    for (let i = 0; i < 2 * headDim; i++) sums[i] = at(sums, i) + weight * at(values, row + 2 * kvPair * headDim + i);
  }
  return sums;
}

function dot(a: ArrayLike<number>, fromA: number, b: ArrayLike<number>, fromB: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += at(a, fromA + i) * at(b, fromB + i);
  return sum;
}

const at = (array: ArrayLike<number>, index: number): number => array[index] ?? Number.NaN;
