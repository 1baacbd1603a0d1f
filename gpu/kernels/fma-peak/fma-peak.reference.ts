/** What each invocation ends with: 8 chains of x = x · 0.999 + 0.001 from i mod 7 + 0 … 7, summed, in 4 equal lanes. */
export function fmaPeakReference(invocations: number, rounds: number): Float32Array {
  return Float32Array.from({ length: invocations }, (_, i) => {
    let sum = 0;
    for (let chain = 0; chain < 8; chain++) {
      let x = (i % 7) + chain;
      for (let round = 0; round < rounds; round++) x = x * 0.999 + 0.001;
      sum += x;
    }
    return 4 * sum;
  });
}
