/** The plain statement of what take-last.wgsl computes: row tokens − 1 of rows (capacity, size). */
export const takeLastReference = (rows: Float32Array, size: number, tokens: number): Float32Array =>
  rows.slice((tokens - 1) * size, tokens * size);
