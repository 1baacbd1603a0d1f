// Differential attention of one query row over a sliding window of at most `threads` keys, in one dispatch. For query pair j,
// heads h = 2j and 2j + 1, which reads key/value pair j / (heads / kv_heads):
//
//   o_h = softmax(q_h . k / sqrt(64)) [v_even | v_odd], k the even key head for even h and the odd one for odd h
//   lambda = exp(lambda_q1 . lambda_k1) - exp(lambda_q2 . lambda_k2) + lambda_init
//   d = o_2j - lambda o_(2j+1)
//   out[128 j .. 128 j + 128] = d / sqrt(mean(d^2) + 1e-5) * subln * (1 - lambda_init)
//
// q (1, q_stride) f32; keys and values (capacity, kv_heads * 64) f16, position p in slot p % capacity; lambdas (4, 64), subln
// (128), out (1, heads * 64), f32; row_fixed writes the fixed point of gpu/fixed-point.ts instead. The query is at the step's
// last position and sees the newest `window` keys up to and with its own.
//
// One workgroup per pair. It has few bytes to read and long to wait for them, so nearly all are asked for before the first is
// needed. Keys: 8 lanes each, 4 for either head, with two vectors of 8 columns. Then a thread for each key has both scores.
// Values: a group of 32 lanes, of 4 columns each, has 32 keys, and a maximum and sums of its own until the very end.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const lanes = 32u; // of a group
const key_lanes = 8u;
const key_turns = 8u;
const columns = 128u; // of a pair's output
const lambda_lanes = 16u;
const square_lanes = 8u;
const scale = 0.125; // 1 / sqrt(64)
const epsilon = 1e-5;
const masked = -1e30;

override threads: u32; // a power of two from 128 on
override heads: u32;
override kv_heads: u32;
override capacity: u32;
override window: u32;
override groups = threads / lanes;
override turn_keys = threads / key_lanes;
// Four more, so that the 8 lanes of 4 keys, which write at once, meet 32 different banks.
override part_stride = threads + 4u;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> keys: array<vec4u>;
@group(0) @binding(3) var<storage, read> values: array<vec2u>;
@group(0) @binding(4) var<storage, read> lambdas: array<vec4f>;
@group(0) @binding(5) var<storage, read> subln: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<storage, read_write> fixed_out: array<u32>; // (5, heads * 2, 4)
// Not an override, since it differs from layer to layer: every layer would compile a pipeline of its own.
@group(0) @binding(7) var<uniform> lambda_init: f32;

// Parts of the scores (parity of the key head, 4, part_stride); then value sums (groups, parity, 4 columns, lanes).
var<workgroup> parts: array<f32, key_lanes * part_stride>;
// A vec2f holds the numbers of both heads.
var<workgroup> scores: array<vec2f, threads>;
var<workgroup> weights: array<vec2f, threads>;
var<workgroup> peaks: array<vec2f, groups>;
var<workgroup> totals: array<vec2f, groups>;
// Of the two dot products in lambda.
var<workgroup> lambda_parts: array<vec2f, lambda_lanes>;
var<workgroup> squares: array<f32, columns>;
var<workgroup> square_sums: array<f32, square_lanes>;
var<workgroup> results: array<f32, columns>;

fn low(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.x), unpack2x16float(k.y)); }
fn high(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.z), unpack2x16float(k.w)); }
fn halves(v: vec2u) -> vec4f { return vec4f(unpack2x16float(v.x), unpack2x16float(v.y)); }

// The keys that the query sees: how many, and the slot of the oldest.
struct Seen { count: u32, slot: u32 }

fn seen() -> Seen {
  let end = step.position + step.tokens;
  let count = min(end, window);
  return Seen(count, (end - count) % capacity);
}

// Past the end the last key stands in, with a weight of 0.
fn slot_of(found: Seen, key: u32) -> u32 {
  let slot = found.slot + min(key, found.count - 1u);
  return min(slot, slot - capacity); // modulo capacity: below it the difference wraps around to a huge number
}

// What a lane holds of keys and values. Written out, as is all that uses them, because a loop that a compiler leaves a loop
// would put the arrays into memory.
struct Key { first: vec4u, second: vec4u }
alias Keys = array<Key, 4>;
alias Values = array<vec2u, 16>;

fn load_key(found: Seen, key: u32, at: u32) -> Key {
  let first = slot_of(found, key) * kv_heads * 8u + at;
  return Key(keys[first], keys[first + 4u]);
}

fn load_keys(found: Seen, key: u32, at: u32) -> Keys {
  return Keys(
    load_key(found, key, at),
    load_key(found, key + turn_keys, at),
    load_key(found, key + 2u * turn_keys, at),
    load_key(found, key + 3u * turn_keys, at),
  );
}

fn load_value(found: Seen, key: u32, at: u32) -> vec2u { return values[slot_of(found, key) * kv_heads * 16u + at]; }

fn load_values(found: Seen, key: u32, at: u32) -> Values {
  return Values(
    load_value(found, key, at),
    load_value(found, key + 1u, at),
    load_value(found, key + 2u, at),
    load_value(found, key + 3u, at),
    load_value(found, key + 4u, at),
    load_value(found, key + 5u, at),
    load_value(found, key + 6u, at),
    load_value(found, key + 7u, at),
    load_value(found, key + 8u, at),
    load_value(found, key + 9u, at),
    load_value(found, key + 10u, at),
    load_value(found, key + 11u, at),
    load_value(found, key + 12u, at),
    load_value(found, key + 13u, at),
    load_value(found, key + 14u, at),
    load_value(found, key + 15u, at),
  );
}

// ---- scores

// The columns of a query head that meet a lane's two vectors.
struct Query { a: vec4f, b: vec4f, c: vec4f, d: vec4f }

// at: in vectors of 8 columns.
fn load_query(at: u32) -> Query {
  return Query(scale * q[2u * at], scale * q[2u * at + 1u], scale * q[2u * at + 8u], scale * q[2u * at + 9u]);
}

fn across(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

fn part_of(key: Key, query: Query) -> f32 {
  return across(low(key.first) * query.a + high(key.first) * query.b + low(key.second) * query.c + high(key.second) * query.d);
}

fn keep_parts(k: Keys, query: Query, to: u32) {
  parts[to] = part_of(k[0], query);
  parts[to + turn_keys] = part_of(k[1], query);
  parts[to + 2u * turn_keys] = part_of(k[2], query);
  parts[to + 3u * turn_keys] = part_of(k[3], query);
}

fn add_parts(at: u32) -> f32 {
  return (parts[at] + parts[at + part_stride]) + (parts[at + 2u * part_stride] + parts[at + 3u * part_stride]);
}

// ---- values

// Of a group of keys: for either head, a lane's four value columns and the sum of weights.
struct Sums { even: vec4f, odd: vec4f, weights: vec2f }

fn plus(sums: Sums, value: vec2u, key: u32) -> Sums {
  let weight = weights[key];
  let four = halves(value);
  return Sums(sums.even + weight.x * four, sums.odd + weight.y * four, sums.weights + weight);
}

fn add_four(before: Sums, a: vec2u, b: vec2u, c: vec2u, d: vec2u, key: u32) -> Sums {
  return plus(plus(plus(plus(before, a, key), b, key + 1u), c, key + 2u), d, key + 3u);
}

fn add_values(before: Sums, v: Values, key: u32) -> Sums {
  var sums = add_four(before, v[0], v[1], v[2], v[3], key);
  sums = add_four(sums, v[4], v[5], v[6], v[7], key + 4u);
  sums = add_four(sums, v[8], v[9], v[10], v[11], key + 8u);
  return add_four(sums, v[12], v[13], v[14], v[15], key + 12u);
}

fn keep_four(to: u32, four: vec4f) {
  parts[to] = four.x;
  parts[to + lanes] = four.y;
  parts[to + 2u * lanes] = four.z;
  parts[to + 3u * lanes] = four.w;
}

// The softmax's mean of a column (as keep_four leaves them) for the even head and the odd one.
fn means(column: u32) -> vec2f {
  var peak = vec2f(masked);
  for (var i = 0u; i < groups; i++) { peak = max(peak, peaks[i]); }
  var sum = vec2f();
  var total = vec2f();
  for (var i = 0u; i < groups; i++) {
    let fade = exp(peaks[i] - peak);
    let at = i * 2u * columns + column;
    sum += fade * vec2f(parts[at], parts[at + columns]);
    total += fade * totals[i];
  }
  return sum / total;
}

fn lambda_part(i: u32) -> vec2f {
  return vec2f(dot(lambdas[i], lambdas[16u + i]), dot(lambdas[32u + i], lambdas[48u + i]));
}

fn lambda() -> f32 {
  var dots = vec2f();
  for (var i = 0u; i < lambda_lanes; i++) { dots += lambda_parts[i]; }
  let terms = exp(min(dots, vec2f(80.0)));
  return terms.x - terms.y + lambda_init;
}

fn add_squares() -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < square_lanes; i++) { sum += square_sums[i]; }
  return sum;
}

// Leaves the pair's output in `results`, all of it for every thread to read.
fn attend(pair: u32, t: u32) {
  let found = seen();
  let kv_pair = pair / (heads / kv_heads);
  let parity = t % key_lanes / 4u;
  let key_at = kv_pair * 16u + parity * 8u + t % 4u;
  let key = t / key_lanes;
  let near_keys = load_keys(found, key, key_at);
  let far_keys = load_keys(found, key + 4u * turn_keys, key_at);
  let query = load_query((2u * pair + parity) * 8u + t % 4u);
  if t < lambda_lanes { lambda_parts[t] = lambda_part(t); }
  var norm_weight = 0.0;
  let column = t % columns; // as keep_four leaves them
  let out_column = column % lanes * 4u + column / lanes;
  if t < columns { norm_weight = subln[out_column]; }

  let lane = t % lanes;
  let group = t / lanes;
  let first_key = group * lanes;
  let value_at = kv_pair * lanes + lane;
  let to_parts = t % key_lanes * part_stride + key;
  keep_parts(near_keys, query, to_parts);
  let near_values = load_values(found, first_key, value_at);
  keep_parts(far_keys, query, to_parts + 4u * turn_keys);
  let far_values = load_values(found, first_key + 16u, value_at);
  workgroupBarrier();

  let is_key = t < found.count;
  let score = select(vec2f(masked), vec2f(add_parts(t), add_parts(4u * part_stride + t)), is_key);
  scores[t] = score;
  workgroupBarrier();
  var peak = vec2f(masked);
  for (var i = 0u; i < lanes; i++) { peak = max(peak, scores[first_key + i]); }
  weights[t] = select(vec2f(), exp(score - peak), is_key);
  workgroupBarrier();

  var sums = add_values(Sums(vec4f(), vec4f(), vec2f()), near_values, first_key);
  sums = add_values(sums, far_values, first_key + 16u);
  keep_four(group * 2u * columns + lane, sums.even);
  keep_four(group * 2u * columns + columns + lane, sums.odd);
  if lane == 0u {
    peaks[group] = peak;
    totals[group] = sums.weights;
  }
  workgroupBarrier();

  var difference = 0.0;
  if t < columns {
    let mean = means(column);
    difference = mean.x - lambda() * mean.y;
    squares[t] = difference * difference;
  }
  workgroupBarrier();
  if t < square_lanes {
    var sum = 0.0;
    for (var i = t; i < columns; i += square_lanes) { sum += squares[i]; }
    square_sums[t] = sum;
  }
  workgroupBarrier();
  if t < columns {
    let factor = (1.0 - lambda_init) * inverseSqrt(add_squares() / f32(columns) + epsilon);
    results[out_column] = difference * factor * norm_weight;
  }
  workgroupBarrier();
}

@compute @workgroup_size(threads)
fn row(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  attend(id.x, t);
  if t < columns { out[id.x * columns + t] = results[t]; }
}

// ---- fixed point, as in gpu/fixed-point.ts

/// The exponent, as f32 has it, of a unit times 2^14.
fn exponent_of(peak: f32) -> u32 { return max(bitcast<u32>(peak * 1.004) >> 23u, 19u); }

/// A sixteenth of the unit: codes are multiplied where they stand, in the upper half of a byte.
fn unit_of(exponent: u32) -> f32 { return bitcast<f32>((exponent - 18u) << 23u); }

fn result_four(at: u32) -> vec4f { return vec4f(results[at], results[at + 1u], results[at + 2u], results[at + 3u]); }

/// Row 0 to 4 of an octet in fixed point.
fn fixed_row(row: u32, first: vec4f, second: vec4f) -> u32 {
  let most = max(abs(first), abs(second));
  let exponent = exponent_of(max(max(most.x, most.y), max(most.z, most.w)));
  if row == 4u { return bitcast<u32>(unit_of(exponent)); }
  let even = vec4f(first.xz, second.xz);
  let odd = vec4f(first.yw, second.yw);
  let per_unit = bitcast<f32>((268u - exponent) << 23u);
  let whole = vec4i(round(select(even, odd, (row & 1u) == 1u) * per_unit));
  if row < 2u { return pack4xI8((whole + vec4i(128)) >> vec4u(8u)); }
  return pack4xI8(whole);
}

/// A pair has 16 octets, each of five rows.
@compute @workgroup_size(threads)
fn row_fixed(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  attend(id.x, t);
  let octet = t % 16u;
  let row = t / 16u;
  if row > 4u { return; }
  fixed_out[row * 8u * heads + 16u * id.x + octet] = fixed_row(row, result_four(8u * octet), result_four(8u * octet + 4u));
}
