export interface ScanStepInputs {
  /** (2 · innerSize): [u | z]. */
  xz: Float32Array;
  /** (deltaRank + 2 · 16): [δ | B | C]. */
  projected: Float32Array;
  /** (innerSize, deltaRank) f16. */
  weight: { cols: number; values: Uint8Array };
  /** (innerSize). */
  bias: Float32Array;
  /** (innerSize, 16). */
  aLog: Float32Array;
  /** (innerSize). */
  d: Float32Array;
  /** (innerSize, 16), from before this token. */
  state: Float32Array;
}

/** Each (innerSize), but for state (innerSize, 16), from after this token. */
export interface ScanStepOutputs {
  gated: Float32Array;
  memory: Float32Array;
  state: Float32Array;
}

const STATE_SIZE = 16;

/** The plain statement of what scan-step.wgsl computes. */
export function scanStepReference({ xz, projected, weight, bias, aLog, d, state }: ScanStepInputs): ScanStepOutputs {
  const innerSize = d.length;
  const deltaRank = weight.cols;
  const weights = new Float16Array(weight.values.buffer, weight.values.byteOffset, innerSize * deltaRank);
  const outputs = { gated: new Float32Array(innerSize), memory: new Float32Array(innerSize), state: state.slice() };
  for (let channel = 0; channel < innerSize; channel++) {
    let delta = at(bias, channel);
    for (let j = 0; j < deltaRank; j++) delta += at(weights, channel * deltaRank + j) * at(projected, j);
    const dt = softplus(delta);
    const u = at(xz, channel);
    const z = at(xz, innerSize + channel);
    let y = at(d, channel) * u;
    for (let n = 0; n < STATE_SIZE; n++) {
      const i = channel * STATE_SIZE + n;
      const b = at(projected, deltaRank + n);
      const c = at(projected, deltaRank + STATE_SIZE + n);
      const h = Math.exp(-dt * Math.exp(at(aLog, i))) * at(state, i) + dt * u * b;
      outputs.state[i] = h;
      y += c * h;
    }
    outputs.memory[channel] = y;
    outputs.gated[channel] = (y * z) / (1 + Math.exp(-z));
  }
  return outputs;
}

const softplus = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
