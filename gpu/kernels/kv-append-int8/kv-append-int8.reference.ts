export interface KvAppendInt8Case {
  /** (capacity, kvHeads * 64) codes, before. */
  codes: Int8Array;
  /** (capacity, kvHeads), before. */
  scales: Float32Array;
  kvHeads: number;
  /** (tokens, stride). */
  rows: Float32Array;
  stride: number;
  /** The first column of `rows` that goes into the cache. */
  offset: number;
  /** Of the first row, and how many rows there are. */
  position: number;
  tokens: number;
}

const HEAD_DIM = 64;
const LEAST_SCALE = 2 ** -14;
const MOST_SCALE = 65504;

/** The plain statement of what kv-append-int8.wgsl does to the keys, or to the values: both afterwards. */
export function kvAppendInt8Reference(given: KvAppendInt8Case): Pick<KvAppendInt8Case, "codes" | "scales"> {
  const { kvHeads, rows, stride, offset, position, tokens } = given;
  const [codes, scales] = [given.codes.slice(), given.scales.slice()];
  const capacity = scales.length / kvHeads;
  for (let token = 0; token < tokens; token++) {
    for (let head = 0; head < kvHeads; head++) {
      const from = token * stride + offset + head * HEAD_DIM;
      const values = rows.subarray(from, from + HEAD_DIM);
      const to = ((position + token) % capacity) * kvHeads + head;
      const scale = scaleOf(values);
      scales[to] = scale;
      // A quotient of 24 bits by 11 comes no nearer to a tie than 64 bits can tell; Math.round takes ties upwards.
      codes.set(
        Array.from(values, (value) => Math.max(-127, Math.min(127, Math.round(value / scale)))),
        to * HEAD_DIM,
      );
    }
  }
  return { codes, scales };
}

/** The largest magnitude times f32's 1/127, up to the next number of 11 significant bits, within f16's normal numbers. */
function scaleOf(values: Float32Array): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const least = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, Math.fround(largest * Math.fround(1 / 127))));
  const unit = 2 ** (Math.floor(Math.log2(least)) - 10);
  return Math.ceil(least / unit) * unit;
}
