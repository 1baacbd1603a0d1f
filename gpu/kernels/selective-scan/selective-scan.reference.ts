export interface ScanReferenceInputs {
  /** (tokens, innerSize). */
  u: Float32Array;
  /** (tokens, innerSize), before softplus. */
  delta: Float32Array;
  /** (tokens, deltaRank + 2 · stateSize): [δ | B | C]. */
  projected: Float32Array;
  /** (innerSize, stateSize). */
  aLog: Float32Array;
  /** (innerSize). */
  d: Float32Array;
  /** (innerSize, stateSize), from before the first token. */
  state: Float32Array;
}

/** The plain statement of the scan in selective-scan.wgsl: y (tokens, innerSize) and the state afterwards. */
export function selectiveScanReference(inputs: ScanReferenceInputs): { y: Float32Array; state: Float32Array } {
  const innerSize = inputs.d.length;
  const tokens = inputs.u.length / innerSize;
  const y = new Float32Array(inputs.u.length);
  // In f64 from the first token to the last.
  const state = Float64Array.from(inputs.state);
  for (let token = 0; token < tokens; token++) {
    for (let channel = 0; channel < innerSize; channel++) {
      y[token * innerSize + channel] = scanToken(inputs, state, token, channel);
    }
  }
  return { y, state: Float32Array.from(state) };
}

/** h ← exp(Δ A) h + Δ u B in place; returns C·h + D u. */
function scanToken(inputs: ScanReferenceInputs, state: Float64Array, token: number, channel: number): number {
  const innerSize = inputs.d.length;
  const stateSize = state.length / innerSize;
  const stride = (inputs.projected.length * innerSize) / inputs.u.length;
  const u = at(inputs.u, token * innerSize + channel);
  const delta = softplus(at(inputs.delta, token * innerSize + channel));
  let y = at(inputs.d, channel) * u;
  for (let n = 0; n < stateSize; n++) {
    const b = at(inputs.projected, token * stride + stride - 2 * stateSize + n);
    const c = at(inputs.projected, token * stride + stride - stateSize + n);
    const i = channel * stateSize + n;
    const h = Math.exp(-delta * Math.exp(at(inputs.aLog, i))) * at(state, i) + delta * u * b;
    state[i] = h;
    y += c * h;
  }
  return y;
}

/** y ⊙ SiLU(z), z being the right half of xz (tokens, 2 · innerSize). */
export function gateReference(y: Float32Array, xz: Float32Array, innerSize: number): Float32Array {
  return y.map((value, i) => {
    const z = at(xz, Math.floor(i / innerSize) * 2 * innerSize + innerSize + (i % innerSize));
    return (value * z) / (1 + Math.exp(-z));
  });
}

const softplus = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
