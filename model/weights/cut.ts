/**
 * Cuts a stream of byte runs of any length into chunks of exactly `chunkBytes`, the last one shorter. Holds one chunk.
 * A yielded chunk is never written to again.
 */
export async function* cut(
  runs: AsyncIterable<Uint8Array>,
  chunkBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let chunk = new Uint8Array(chunkBytes);
  let filled = 0;
  for await (const run of runs) {
    let taken = 0;
    while (taken < run.byteLength) {
      const fits = Math.min(run.byteLength - taken, chunkBytes - filled);
      chunk.set(run.subarray(taken, taken + fits), filled);
      taken += fits;
      filled += fits;
      if (filled < chunkBytes) continue;
      yield chunk;
      chunk = new Uint8Array(chunkBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.slice(0, filled);
}
