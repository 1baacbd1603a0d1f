export interface KvAppendCase {
  /** (capacity, width), before. */
  cache: Float16Array;
  width: number;
  /** (tokens, stride). */
  rows: Float32Array;
  stride: number;
  /** The first column of `rows` that goes into the cache. */
  offset: number;
  /** Of the first row, and how many rows there are. */
  position: number;
  tokens: number;
}

/** The plain statement of what kv-append.wgsl does to one of its two caches: the cache afterwards, (capacity, width). */
export function kvAppendReference(given: KvAppendCase): Float16Array {
  const { cache, width, rows, stride, offset, position, tokens } = given;
  const after = cache.slice();
  const capacity = cache.length / width;
  for (let token = 0; token < tokens; token++) {
    const slot = (position + token) % capacity;
    const from = token * stride + offset;
    // Storing into a Float16Array rounds to the nearest, ties to even.
    after.set(rows.subarray(from, from + width), slot * width);
  }
  return after;
}
