const silu = (v: number): number => v / (1 + Math.exp(-v));

export interface ConvReferenceInputs {
  /** (tokens, innerSize). */
  x: Float32Array;
  /** (innerSize, convWidth), the tap on the newest input last. */
  weight: Float32Array;
  /** (innerSize). */
  bias: Float32Array;
  /** (innerSize, convWidth), the inputs before x, oldest first. */
  state: Float32Array;
}

/** The plain statement of what depthwise-conv.wgsl computes: out (tokens, innerSize) and the state afterwards. */
export function depthwiseConvReference({ x, weight, bias, state }: ConvReferenceInputs): {
  out: Float32Array;
  state: Float32Array;
} {
  const innerSize = bias.length;
  const width = weight.length / innerSize;
  const tokens = x.length / innerSize;
  const out = new Float32Array(x.length);
  const after = new Float32Array(state.length);
  for (let channel = 0; channel < innerSize; channel++) {
    const row = channel * width;
    const inputs = Array.from(state.subarray(row, row + width));
    for (let token = 0; token < tokens; token++) {
      inputs.push(x[token * innerSize + channel] ?? Number.NaN);
      const window = inputs.slice(-width);
      const sum = window.reduce((total, input, tap) => total + input * (weight[row + tap] ?? Number.NaN), 0);
      out[token * innerSize + channel] = silu(sum + (bias[channel] ?? Number.NaN));
    }
    after.set(inputs.slice(-width), row);
  }
  return { out, state: after };
}
