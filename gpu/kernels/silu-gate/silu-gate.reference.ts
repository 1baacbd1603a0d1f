const silu = (v: number): number => v / (1 + Math.exp(-v));

/** The plain statement of what silu-gate.wgsl computes, for x and gate (tokens, size). */
export function siluGateReference(x: Float32Array, gate: Float32Array): Float32Array {
  return x.map((value, i) => value * silu(gate[i] ?? Number.NaN));
}
