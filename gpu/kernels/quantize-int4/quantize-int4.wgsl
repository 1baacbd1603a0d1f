// Rows of a checkpoint -> the 4-bit layout of gpu/int4.ts: for each group of 32 the f16 scale and the codes with the
// least squared error among a few scales tried.
//
// source (groups, 32) f32, or bf16 packed two to a word; codes (at least first_group + groups, 4) u32; scales (at least
// first_group + groups) f16, packed two to a word; fault (1) u32. One invocation per two groups, which share a word of scales.
//
// Everything is integer arithmetic, so that the bytes are the same on every device and in TypeScript: floating-point
// operations may be fused, reordered and approximated. A group is put on a common grid: its values become integers of
// 15 bits ("fixed") with the sign that makes the largest one positive. A scale of 11 significant bits, as f16 has, is
// then an integer too (its "size"). model/weights/quantize.ts does the same on the CPU and explains the constants.

struct Slice {
  first_group: u32, // of codes and scales; even
  groups: u32,      // in source; even
}

const workgroup_size = 64u;
override is_bf16: u32;

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> source: array<u32>;
@group(0) @binding(2) var<storage, read_write> codes: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> fault: atomic<u32>;

const vectors = 8u; // of 4 values in a group
const fixed_bits = 14;
const most_bits = 0x48dfe400u; // 7 * 65504 as f32
const least_exponent = -24;
const fraction_bits = 8;
const least_size = 1100;
const reciprocal_bits = 26u;
const most_difference = vec4i(11585);
const refinements = 2;
const factors = array(-7710, -7944, -8192, -7490, -8456, 9102);

/// The group at work: on loading the bits of f32 values, then integers on the grid.
var<private> fixed: array<vec4i, vectors>;
/// Unbiased exponent of its largest magnitude.
var<private> exponent: i32;
var<private> least_error: u32;
/// The best scale on the grid; it has a sign. 0: none serves.
var<private> best_size: i32;

fn load_group(group: u32) {
  for (var i = 0u; i < vectors; i++) {
    if is_bf16 != 0u {
      let word = (group * vectors + i) * 2u;
      let pair = vec2u(source[word], source[word + 1u]);
      fixed[i] = bitcast<vec4i>(vec4u(pair.x << 16u, pair.x & 0xffff0000u, pair.y << 16u, pair.y & 0xffff0000u));
    } else {
      let word = (group * vectors + i) * 4u;
      fixed[i] = bitcast<vec4i>(vec4u(source[word], source[word + 1u], source[word + 2u], source[word + 3u]));
    }
  }
}

/// The bits of the value of largest magnitude, the first one if there are several.
fn extreme_of_group(group: u32) -> u32 {
  var extreme = 0u;
  var largest = 0u;
  for (var i = 0u; i < vectors; i++) {
    let words = bitcast<vec4u>(fixed[i]);
    for (var lane = 0u; lane < 4u; lane++) {
      let magnitude = words[lane] & 0x7fffffffu; // its order is that of the numbers; infinity and NaN come last
      if magnitude > most_bits { atomicMin(&fault, group * 32u + i * 4u + lane); }
      if magnitude > largest {
        largest = magnitude;
        extreme = words[lane];
      }
    }
  }
  return extreme;
}

/// value * 2^(fixed_bits - exponent), to nearest, times the extreme's sign.
fn to_grid(extreme: u32) {
  let top = ((extreme >> 23u) & 0xffu) + 23u - u32(fixed_bits);
  for (var i = 0u; i < vectors; i++) {
    let words = bitcast<vec4u>(fixed[i]);
    let shift = top - ((words >> vec4u(23u)) & vec4u(0xffu));
    let mantissa = (words & vec4u(0x7fffffu)) | vec4u(0x800000u);
    let near = min(shift, vec4u(25u)); // by 25 bits nothing is left
    let size = vec4i((mantissa + (vec4u(1u) << (near - 1u))) >> near);
    fixed[i] = select(size, -size, ((words ^ vec4u(extreme)) >> vec4u(31u)) != vec4u(0u));
  }
}

/// To 11 significant bits, or to a multiple of f16's least number 2^-24. 0 when it is too large for f16.
fn round_size(exact: u32) -> i32 {
  let coarse = max(0, fixed_bits - exponent - 24);
  let dropped = u32(max(i32(firstLeadingBit(exact)) - 10, fraction_bits + coarse));
  let size = ((exact + (1u << (dropped - 1u))) >> dropped) << (dropped - u32(fraction_bits));
  return select(i32(size), 0, i32(firstLeadingBit(size)) - fixed_bits + exponent > 15);
}

/// 2^reciprocal_bits / size, to nearest, with its sign.
fn reciprocal(size: i32) -> i32 {
  let magnitude = u32(abs(size));
  let factor = i32(((1u << reciprocal_bits) + (magnitude >> 1u)) / magnitude);
  return select(factor, -factor, size < 0);
}

/// -8 ... 7
fn nearest_levels(values: vec4i, factor: i32) -> vec4i {
  let levels = (values * factor + vec4i(1 << (reciprocal_bits - 1u))) >> vec4u(reciprocal_bits);
  return clamp(levels, vec4i(-8), vec4i(7));
}

/// Whether this scale, rounded to f16, is better than the best so far; then it is the best.
/// exact: its magnitude on the grid, with fraction_bits fraction bits.
fn try_size(exact: u32, is_negative: bool) -> bool {
  let magnitude = round_size(exact);
  if magnitude < least_size { return false; }
  let size = select(magnitude, -magnitude, is_negative);
  let factor = reciprocal(size);
  var error = 0u;
  for (var i = 0u; i < vectors; i++) {
    let values = fixed[i];
    let difference = min(abs(values - nearest_levels(values, factor) * size), most_difference);
    let squares = vec4u(difference * difference);
    error += squares.x + squares.y + squares.z + squares.w;
  }
  if error >= least_error { return false; }
  least_error = error;
  best_size = size;
  return true;
}

/// With the codes that the best size gives, sum(value * level) / sum(level^2) is the scale of least error.
fn least_squares_size() -> u32 {
  let factor = reciprocal(best_size);
  var products = vec4i(0);
  var squares = vec4i(0);
  for (var i = 0u; i < vectors; i++) {
    let levels = nearest_levels(fixed[i], factor);
    products += fixed[i] * levels;
    squares += levels * levels;
  }
  let product = u32(abs(products.x + products.y + products.z + products.w));
  let square = u32(squares.x + squares.y + squares.z + squares.w);
  return ((product << u32(fraction_bits)) + (square >> 1u)) / square;
}

fn choose_size() {
  least_error = 0xffffffffu;
  var largest = vec4i(0);
  for (var i = 0u; i < vectors; i++) { largest = max(largest, fixed[i]); }
  let extreme = u32(max(max(largest.x, largest.y), max(largest.z, largest.w)));
  for (var i = 0u; i < 6u; i++) {
    let factor = factors[i];
    try_size((extreme * u32(abs(factor))) >> u32(fraction_bits), factor < 0);
  }
  for (var i = 0; i < refinements; i++) {
    if best_size == 0 { return; }
    if !try_size(least_squares_size(), best_size < 0) { return; }
  }
}

/// The f16 that the best size stands for.
fn scale_bits(extreme: u32) -> u32 {
  if best_size == 0 { return 0u; }
  let sign = ((extreme ^ bitcast<u32>(best_size)) >> 16u) & 0x8000u;
  let magnitude = u32(abs(best_size));
  let top = i32(firstLeadingBit(magnitude));
  let biased = top - fixed_bits + exponent + 15;
  if biased <= 0 { return sign | (magnitude >> u32(fixed_bits - exponent - 24)); }
  return sign | (u32(biased) << 10u) | ((magnitude >> u32(top - 10)) & 0x3ffu);
}

/// Four codes in 16 bits.
fn packed(levels: vec4i) -> u32 {
  let nibbles = vec4u(levels + vec4i(8)) << vec4u(0u, 4u, 8u, 12u);
  return nibbles.x | nibbles.y | nibbles.z | nibbles.w;
}

/// Returns the bits of the scale.
fn quantize_group(group: u32) -> u32 {
  load_group(group);
  let extreme = extreme_of_group(group);
  exponent = i32((extreme >> 23u) & 0xffu) - 127;
  best_size = 0;
  // A value that cannot be held was reported; what is written for it does not matter.
  if exponent >= least_exponent && exponent <= 18 {
    to_grid(extreme);
    choose_size();
  }
  var factor = 0;
  if best_size != 0 { factor = reciprocal(best_size); }
  var words: array<u32, 4>;
  for (var i = 0u; i < 4u; i++) {
    let low = nearest_levels(fixed[2u * i], factor);
    let high = nearest_levels(fixed[2u * i + 1u], factor);
    words[i] = packed(low) | (packed(high) << 16u);
  }
  codes[slice.first_group + group] = vec4u(words[0], words[1], words[2], words[3]);
  return scale_bits(extreme);
}

@compute @workgroup_size(workgroup_size)
fn quantize_int4(@builtin(global_invocation_id) id: vec3u) {
  let group = id.x * 2u;
  if group >= slice.groups { return; }
  let low = quantize_group(group);
  let high = quantize_group(group + 1u);
  scales[(slice.first_group + group) / 2u] = low | (high << 16u);
}
