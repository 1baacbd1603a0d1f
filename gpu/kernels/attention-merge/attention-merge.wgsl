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
// One workgroup per pair: four groups take every fourth split; in each group 32 lanes of 4 columns for either head.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 256u;
const lanes = 32u;
const groups = workgroup_size / (2u * lanes);
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
// Not an override, since it differs from layer to layer: every layer would compile a pipeline of its own.
@group(0) @binding(5) var<uniform> lambda_init: f32;

// Of a group and head: value sums, and (maximum, sum of weights).
var<workgroup> sums: array<vec4f, workgroup_size>;
var<workgroup> states: array<vec2f, 2u * groups>;
// Parts of the two dot products in lambda.
var<workgroup> lambda_parts: array<vec2f, 16>;
var<workgroup> squares: array<f32, lanes>;

fn lambda() -> f32 {
  var dots = vec2f();
  for (var i = 0u; i < 16u; i++) { dots += lambda_parts[i]; }
  let terms = exp(min(dots, vec2f(80.0)));
  return terms.x - terms.y + lambda_init;
}

fn softmax_values(head: u32, lane: u32) -> vec4f {
  var peak = masked;
  for (var i = 0u; i < groups; i++) { peak = max(peak, states[2u * i + head].x); }
  var sum = vec4f();
  var total = 0.0;
  for (var i = 0u; i < groups; i++) {
    let state = states[2u * i + head];
    let weight = exp(state.x - peak);
    sum += weight * sums[(2u * i + head) * lanes + lane];
    total += weight * state.y;
  }
  return sum / total;
}

@compute @workgroup_size(workgroup_size)
fn attention_merge(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  let pair = id.x;
  let lane = t % lanes;
  let visible = min(step.position + step.tokens, window);
  let length = (visible + splits * split_length - 1u) / (splits * split_length) * split_length;

  var state = vec2f(masked, 0.0);
  var sum = vec4f();
  for (var split = t / (2u * lanes); split * length < visible; split += groups) {
    let row = (split * heads + 2u * pair + (t / lanes) % 2u) * row_words;
    let found = partials[row + lanes];
    let peak = max(state.x, found.x);
    let fade = exp(state.x - peak);
    let weight = exp(found.x - peak);
    sum = sum * fade + partials[row + lane] * weight;
    state = vec2f(peak, state.y * fade + found.y * weight);
  }
  sums[t] = sum;
  if lane == 0u { states[t / lanes] = state; }
  if t < 16u {
    lambda_parts[t] = vec2f(dot(lambdas[t], lambdas[16u + t]), dot(lambdas[32u + t], lambdas[48u + t]));
  }
  workgroupBarrier();

  var difference = vec4f();
  if t < lanes {
    difference = softmax_values(0u, lane) - lambda() * softmax_values(1u, lane);
    squares[lane] = dot(difference, difference);
  }
  workgroupBarrier();
  if t >= lanes { return; }
  var square = 0.0;
  for (var i = 0u; i < lanes; i++) { square += squares[i]; }
  let factor = (1.0 - lambda_init) * inverseSqrt(square / 128.0 + epsilon);
  out[pair * lanes + lane] = difference * factor * subln[lane];
}
