/** The xor of the words that each invocation reads: vectors of 4 words i, i + invocations, … for invocation i. */
export function readPeakReference(data: Uint32Array, invocations: number): Uint32Array {
  const sums = new Uint32Array(invocations);
  for (const [index, word] of data.entries()) {
    const invocation = Math.floor(index / 4) % invocations;
    sums[invocation] = (sums[invocation] ?? 0) ^ word;
  }
  return sums;
}
