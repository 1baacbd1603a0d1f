// A run of elements of a tensor whose weights are a formula of name and index (model/oracle/recipe/FORMAT.md):
//
//   x = (index * 0x9E3779B1) ^ seed, through murmur3's finalizer;  r = (x >> 8) * 2^-23 - 1
//   value = base[index mod period] + factor * r, rounded to bfloat16
//
// base (at least period) f32; out f32, or f16 packed two to a word. One invocation per word of out.
//
// Bit-exact with model/oracle/formula-weights.ts: r is made of an integer, because a compiler may spread factor over a
// sum, and the product passes through an integer, because it may fuse product and sum. The logarithms of A_log come in
// `base`, because a shader's log is approximate.

struct Slice {
  seed: u32,      // FNV-1a of the name
  first: u32,     // index in the tensor of the first element
  count: u32,     // even for f16
  out_first: u32, // element of out that it goes to; even for f16
  factor: f32,
  period: u32,
  zero: u32,      // 0, which the compiler does not know
  unused: u32,
}

const workgroup_size = 256u;

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> base: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

/// As f32 bits.
fn value_bits(index: u32) -> u32 {
  var x = (index * 0x9e3779b1u) ^ slice.seed;
  x = (x ^ (x >> 16u)) * 0x85ebca6bu;
  x = (x ^ (x >> 13u)) * 0xc2b2ae35u;
  x = x ^ (x >> 16u);
  let r = f32(i32(x >> 8u) - 0x800000) * 0x1p-23;
  let product = bitcast<f32>(bitcast<u32>(slice.factor * r) ^ slice.zero);
  return to_bfloat16(bitcast<u32>(base[index % slice.period] + product));
}

/// To nearest, ties to even.
fn to_bfloat16(bits: u32) -> u32 {
  return (bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u;
}

/// To nearest, ties to even, for magnitudes below 65504; pack2x16float may round otherwise.
fn to_f16(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if magnitude >= 0x38800000u {
    return sign | ((magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13u) & 1u)) >> 13u);
  }
  // A subnormal counts in 2^-24; a magnitude below half of that leaves nothing.
  let shift = 126u - (magnitude >> 23u);
  if shift > 24u { return sign; }
  let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  return sign | ((mantissa + (1u << (shift - 1u)) - 1u + ((mantissa >> shift) & 1u)) >> shift);
}

@compute @workgroup_size(workgroup_size)
fn as_f32(@builtin(global_invocation_id) id: vec3u) {
  if id.x >= slice.count { return; }
  out[slice.out_first + id.x] = value_bits(slice.first + id.x);
}

@compute @workgroup_size(workgroup_size)
fn as_f16(@builtin(global_invocation_id) id: vec3u) {
  let element = id.x * 2u;
  if element >= slice.count { return; }
  let low = to_f16(value_bits(slice.first + element));
  let high = to_f16(value_bits(slice.first + element + 1u));
  out[slice.out_first / 2u + id.x] = low | (high << 16u);
}
