// Differential attention of one query row, second half: puts the splits of attention-split together.
// For pair j, with m, l and a the maximum, the sum of weights and the value sums of a split, and M = max m:
//
//   o_h = sum over splits of exp(m - M) a / sum over splits of exp(m - M) l, for heads h = 2j and 2j + 1
//   lambda = exp(lambda_q1 . lambda_k1) - exp(lambda_q2 . lambda_k2) + lambda_init
//   d = o_2j - lambda o_(2j+1)
//   out[128 j .. 128 j + 128] = d / sqrt(mean(d^2) + 1e-5) * subln * (1 - lambda_init)
//
// partials (splits, heads, 132) f32, a row being [a (128) | m | l | 0 | 0]; which splits have keys follows from the step
// by attention-split's formula. lambdas (4, 64), subln (128), out (1, heads * 64), f32.
//
//   grouped: one workgroup per pair, at most 64 splits. Four or eight groups of 32 lanes, of 4 columns each, for either head take
//            every fourth or eighth split, four splits at a time. All loads are on their way before the first is waited for.
//            grouped_fixed writes the fixed point of gpu/fixed-point.ts.
//   direct:  four lanes per pair and no barrier, for software adapters. Each makes the sum of squares by itself, from all
//            columns (there four lanes that read one address take as long as one), and writes every fourth vector.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const direct_lanes = 4u;
const lanes = 32u;
override groups: u32; // of lanes, for either head: 4 or 8
override workgroup_size = 2u * groups * lanes;
override turn = 4u * groups; // splits that all groups together load at a time
const lambda_lanes = 4u;
const row_words = 33u; // vec4f of a partial
const epsilon = 1e-5;
const masked = -1e30;

override heads: u32;
override window: u32;
override splits: u32;
override split_length: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> partials: array<vec4f>;
@group(0) @binding(2) var<storage, read> lambdas: array<vec4f>;
@group(0) @binding(3) var<storage, read> subln: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> fixed_out: array<u32>; // (5, heads * 2, 4)
// Not an override, since it differs from layer to layer: every layer would compile a pipeline of its own.
@group(0) @binding(5) var<uniform> lambda_init: f32;

// Of a group and head: value sums, and (maximum, sum of weights).
var<workgroup> sums: array<vec4f, workgroup_size>;
var<workgroup> states: array<vec2f, 2u * groups>;
// Parts of the two dot products in lambda.
var<workgroup> lambda_parts: array<vec2f, lambda_lanes>;
var<workgroup> squares: array<f32, lanes>;

// Keys of a split: a whole multiple of split_length. Only splits that begin before `visible` have any.
fn length_of(visible: u32) -> u32 {
  return (visible + splits * split_length - 1u) / (splits * split_length) * split_length;
}

fn lambda_part(i: u32) -> vec2f {
  return vec2f(dot(lambdas[i], lambdas[16u + i]), dot(lambdas[32u + i], lambdas[48u + i]));
}

fn lambda_from(dots: vec2f) -> f32 {
  let terms = exp(min(dots, vec2f(80.0)));
  return terms.x - terms.y + lambda_init;
}

fn norm_factor(square: f32) -> f32 { return (1.0 - lambda_init) * inverseSqrt(square / 128.0 + epsilon); }

fn lambda() -> f32 {
  return lambda_from((lambda_parts[0] + lambda_parts[1]) + (lambda_parts[2] + lambda_parts[3]));
}

fn add_squares() -> f32 {
  var four = vec4f();
  for (var i = 0u; i < 8u; i++) { four += vec4f(squares[i], squares[8u + i], squares[16u + i], squares[24u + i]); }
  return (four.x + four.y) + (four.z + four.w);
}

// What a lane reads of four splits. Written out, as all that uses it, because a loop that a compiler leaves a loop would
// put the arrays into memory, or wait for each split in turn.
struct Four { states: array<vec2f, 4>, sums: array<vec4f, 4> }

// Past the last split that one stands in, with a weight of 0 in the end because its maximum is `masked`.
fn row_of(split: u32, used: u32, head: u32) -> u32 { return (min(split, used - 1u) * heads + head) * row_words; }
fn state_of(split: u32, used: u32, row: u32) -> vec2f {
  return select(vec2f(masked, 0.0), partials[row + lanes].xy, split < used);
}

fn load_four(split: u32, used: u32, head: u32, lane: u32) -> Four {
  let a = row_of(split, used, head);
  let b = row_of(split + groups, used, head);
  let c = row_of(split + 2u * groups, used, head);
  let d = row_of(split + 3u * groups, used, head);
  return Four(
    array(
      state_of(split, used, a),
      state_of(split + groups, used, b),
      state_of(split + 2u * groups, used, c),
      state_of(split + 3u * groups, used, d),
    ),
    array(partials[a + lane], partials[b + lane], partials[c + lane], partials[d + lane]),
  );
}

// Over some splits: the highest score, the sum of weights and those of the values.
struct Merged { peak: f32, total: f32, sum: vec4f }

fn plus(before: Merged, four: Four) -> Merged {
  let peaks = vec4f(four.states[0].x, four.states[1].x, four.states[2].x, four.states[3].x);
  let totals = vec4f(four.states[0].y, four.states[1].y, four.states[2].y, four.states[3].y);
  let peak = max(before.peak, max(max(peaks.x, peaks.y), max(peaks.z, peaks.w)));
  let fade = exp(before.peak - peak);
  let weights = exp(peaks - peak);
  let sum = mat4x4f(four.sums[0], four.sums[1], four.sums[2], four.sums[3]) * weights;
  return Merged(peak, before.total * fade + dot(totals, weights), before.sum * fade + sum);
}

fn softmax_values(head: u32, lane: u32) -> vec4f {
  let at = head * groups;
  var peak = masked;
  for (var i = at; i < at + groups; i++) { peak = max(peak, states[i].x); }
  var sum = vec4f();
  var total = 0.0;
  for (var i = at; i < at + groups; i++) {
    let weight = exp(states[i].x - peak);
    sum += weight * sums[i * lanes + lane];
    total += weight * states[i].y;
  }
  return sum / total;
}

/// The four outputs of a lane; of lanes from 32 on nothing.
fn merge(pair: u32, t: u32) -> vec4f {
  let lane = t % lanes;
  let visible = min(step.position + step.tokens, window);
  let length = length_of(visible);
  let used = (visible + length - 1u) / length;

  let head = 2u * pair + t / (groups * lanes);
  let split = t / lanes % groups;
  let first = load_four(split, used, head, lane);
  var second: Four;
  var third: Four;
  var fourth: Four;
  if splits > turn && used > turn { second = load_four(split + turn, used, head, lane); }
  if splits > 2u * turn && used > 2u * turn { third = load_four(split + 2u * turn, used, head, lane); }
  if splits > 3u * turn && used > 3u * turn { fourth = load_four(split + 3u * turn, used, head, lane); }
  let norm_weight = subln[lane];
  if t < lambda_lanes {
    lambda_parts[t] = (lambda_part(t) + lambda_part(t + 4u)) + (lambda_part(t + 8u) + lambda_part(t + 12u));
  }

  var state = plus(Merged(masked, 0.0, vec4f()), first);
  if splits > turn && used > turn { state = plus(state, second); }
  if splits > 2u * turn && used > 2u * turn { state = plus(state, third); }
  if splits > 3u * turn && used > 3u * turn { state = plus(state, fourth); }
  sums[t] = state.sum;
  if lane == 0u { states[t / lanes] = vec2f(state.peak, state.total); }
  workgroupBarrier();

  var difference = vec4f();
  if t < lanes {
    difference = softmax_values(0u, lane) - lambda() * softmax_values(1u, lane);
    squares[lane] = dot(difference, difference);
  }
  workgroupBarrier();
  return difference * norm_factor(add_squares()) * norm_weight;
}

@compute @workgroup_size(workgroup_size)
fn grouped(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  let merged = merge(id.x, t);
  if t < lanes { out[id.x * lanes + t] = merged; }
}

// ---- fixed point, as in gpu/fixed-point.ts

/// The exponent, as f32 has it, of a unit times 2^14.
fn exponent_of(peak: f32) -> u32 { return max(bitcast<u32>(peak * 1.004) >> 23u, 19u); }

/// A sixteenth of the unit: codes are multiplied where they stand, in the upper half of a byte.
fn unit_of(exponent: u32) -> f32 { return bitcast<f32>((exponent - 18u) << 23u); }

fn write_octet(octets: u32, octet: u32, first: vec4f, second: vec4f) {
  let most = max(abs(first), abs(second));
  let exponent = exponent_of(max(max(most.x, most.y), max(most.z, most.w)));
  let per_unit = bitcast<f32>((268u - exponent) << 23u);
  let a = vec4i(round(first * per_unit));
  let b = vec4i(round(second * per_unit));
  let even = vec4i(a.xz, b.xz);
  let odd = vec4i(a.yw, b.yw);
  let half = vec4i(128);
  let byte = vec4u(8u);
  fixed_out[octet] = pack4xI8((even + half) >> byte);
  fixed_out[octets + octet] = pack4xI8((odd + half) >> byte);
  fixed_out[2u * octets + octet] = pack4xI8(even);
  fixed_out[3u * octets + octet] = pack4xI8(odd);
  fixed_out[4u * octets + octet] = bitcast<u32>(unit_of(exponent));
}

/// A pair has 16 octets, of two vectors each.
@compute @workgroup_size(workgroup_size)
fn grouped_fixed(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  let merged = merge(id.x, t);
  if t < lanes { sums[t] = merged; }
  workgroupBarrier();
  if t < lanes / 2u { write_octet(8u * heads, 16u * id.x + t, sums[2u * t], sums[2u * t + 1u]); }
}

// The splits of one head, for `direct`: where its first row begins, how many there are, what their weights refer to.
struct Head { row: u32, splits: u32, peak: f32, total: f32 }

fn head_of(head: u32, used: u32) -> Head {
  let row = head * row_words;
  var peak = masked;
  for (var i = 0u; i < used; i++) { peak = max(peak, partials[row + i * heads * row_words + lanes].x); }
  var total = 0.0;
  for (var i = 0u; i < used; i++) {
    let found = partials[row + i * heads * row_words + lanes];
    total += exp(found.x - peak) * found.y;
  }
  return Head(row, used, peak, total);
}

fn merged(head: Head, vector: u32) -> vec4f {
  var sum = vec4f();
  for (var i = 0u; i < head.splits; i++) {
    let row = head.row + i * heads * row_words;
    sum += exp(partials[row + lanes].x - head.peak) * partials[row + vector];
  }
  return sum / head.total;
}

@compute @workgroup_size(direct_lanes)
fn direct(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let pair = id.x;
  let visible = min(step.position + step.tokens, window);
  let length = length_of(visible);
  let used = (visible + length - 1u) / length;
  let first = head_of(2u * pair, used);
  let second = head_of(2u * pair + 1u, used);
  var dots = vec2f();
  for (var i = 0u; i < 16u; i++) { dots += lambda_part(i); }
  let factor = lambda_from(dots);
  var square = 0.0;
  for (var i = 0u; i < lanes; i++) {
    let difference = merged(first, i) - factor * merged(second, i);
    square += dot(difference, difference);
  }
  for (var i = lane; i < lanes; i += direct_lanes) {
    let difference = merged(first, i) - factor * merged(second, i);
    out[pair * lanes + i] = difference * norm_factor(square) * subln[i];
  }
}
