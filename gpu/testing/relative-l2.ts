/** ‖actual − expected‖ / ‖expected‖; NaN when anything is NaN, so that a comparison with it fails. */
export function relativeL2(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let error = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i] ?? Number.NaN;
    error += ((actual[i] ?? Number.NaN) - want) ** 2;
    norm += want ** 2;
  }
  return Math.sqrt(error / norm);
}
