/** The plain statement of what layer-norm.wgsl computes, for x (tokens, size), weight (size), bias (size). */
export function layerNormReference(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  eps: number,
): Float32Array {
  const size = weight.length;
  const out = new Float32Array(x.length);
  for (let begin = 0; begin < x.length; begin += size) {
    const row = Array.from(x.subarray(begin, begin + size));
    const mean = row.reduce((sum, value) => sum + value, 0) / size;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    for (const [i, value] of row.entries()) {
      const normal = (value - mean) / Math.sqrt(variance + eps);
      out[begin + i] = normal * (weight[i] ?? Number.NaN) + (bias[i] ?? Number.NaN);
    }
  }
  return out;
}
