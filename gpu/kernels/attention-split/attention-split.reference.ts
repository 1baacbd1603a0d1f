export interface AttentionSplitCase {
  /** (heads * headDim). */
  q: ArrayLike<number>;
  /** (capacity, kvHeads * headDim), position p in slot p mod capacity. */
  keys: ArrayLike<number>;
  values: ArrayLike<number>;
  heads: number;
  kvHeads: number;
  headDim: number;
  /** Keys in the order of the splits; each split but the last takes `splitLength` of them. */
  positions: readonly number[];
  splitLength: number;
}

/**
 * The plain statement of what attention-split.wgsl writes: for each split with keys and each query head, over that
 * split's keys, [Σ exp(s − m) V | m | Σ exp(s − m) | 0 | 0] with s = q·k / √headDim, m = max s and
 * V = [v_even | v_odd]. Shape (splits with keys, heads, 2 * headDim + 4).
 */
export function attentionSplitReference(given: AttentionSplitCase): Float32Array {
  const pieces: number[] = [];
  for (let begin = 0; begin < given.positions.length; begin += given.splitLength) {
    const positions = given.positions.slice(begin, begin + given.splitLength);
    for (let head = 0; head < given.heads; head++) pieces.push(...piece(given, head, positions));
  }
  return Float32Array.from(pieces);
}

function piece(given: AttentionSplitCase, head: number, positions: readonly number[]): number[] {
  const { q, keys, values, heads, kvHeads, headDim } = given;
  const at = (array: ArrayLike<number>, index: number) => array[index] ?? Number.NaN;
  const width = kvHeads * headDim;
  const capacity = keys.length / width;
  const kvPair = Math.floor(Math.floor(head / 2) / (heads / kvHeads));
  const keyHead = 2 * kvPair + (head % 2);
  const scores = positions.map((position) => {
    let dot = 0;
    for (let i = 0; i < headDim; i++) {
      dot += at(q, head * headDim + i) * at(keys, (position % capacity) * width + keyHead * headDim + i);
    }
    return dot / Math.sqrt(headDim);
  });
  const peak = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - peak));
  const sums = Array.from({ length: 2 * headDim }, (_, i) =>
    positions.reduce(
      (sum, position, n) => sum + at(weights, n) * at(values, (position % capacity) * width + 2 * kvPair * headDim + i),
      0,
    ),
  );
  return [...sums, peak, weights.reduce((sum, weight) => sum + weight, 0), 0, 0];
}
