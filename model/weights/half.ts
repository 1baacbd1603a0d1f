/** Conversions between f32 and the 16-bit formats, by bit patterns. Every machine with WebGPU is little endian. */

/** A weight that its stored format cannot hold: not a number, infinite, or too large. */
export class UnstorableValueError extends Error {
  override readonly name = "UnstorableValueError";
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

const F32_MAGNITUDE = 0x7fffffff;
const F32_INFINITY = 0x7f800000;
const F16_INFINITY = 0x7c00;

/** The f16 nearest to a number (ties to even), as bits. Too large becomes infinity, as IEEE 754 says. */
export function toF16(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & F32_MAGNITUDE;
  if (magnitude >= 0x47800000) return sign | (magnitude > F32_INFINITY ? 0x7e00 : F16_INFINITY);
  if (magnitude < 0x38800000) return sign | toSubnormal(magnitude);
  // Move the exponent's bias from 127 to 15; add half of what is cut off, one less where the kept part is even.
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** Numbers of [0.5, 1) are 2⁻²⁴ apart, as subnormal f16 are: adding 0.5 makes the hardware round. */
function toSubnormal(magnitude: number): number {
  scratchBits[0] = magnitude;
  scratch[0] = (scratch[0] as number) + 0.5;
  return (scratchBits[0] as number) - 0x3f000000;
}

/** The number that these f16 bits stand for. */
export function fromF16(bits: number): number {
  const magnitude = bits & 0x7fff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (magnitude < 0x400) return sign * magnitude * 2 ** -24;
  if (magnitude >= F16_INFINITY) return magnitude > F16_INFINITY ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  scratchBits[0] = (magnitude << 13) + 0x38000000;
  return sign * (scratch[0] as number);
}

/**
 * Rounds each value to f16. A weight beyond ±65,504 means a broken checkpoint, so it is reported and not clipped.
 *
 * @throws UnstorableValueError naming the element.
 */
export function encodeF16(source: Float32Array, target: Uint16Array): void {
  for (let i = 0; i < source.length; i++) {
    const bits = toF16(source[i] as number);
    if ((bits & F16_INFINITY) === F16_INFINITY)
      throw new UnstorableValueError(`element ${i} is ${source[i]}, which f16 cannot hold`);
    target[i] = bits;
  }
}

/** f16 → f32, exact. */
export function decodeF16(source: Uint16Array, target: Float32Array): void {
  for (let i = 0; i < source.length; i++) target[i] = fromF16(source[i] as number);
}

/** bf16 → f32, exact: bf16 is the upper half of an f32. */
export function decodeBf16(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = (source[i] as number) << 16;
}
