// Differential attention of many query rows over a sliding window. For row t at position p = step.position + t, query
// head h of pair j = h / 2, and the keys of positions max(0, p - window + 1) .. p:
//
//   o_h = softmax(q_h . k / sqrt(64)) [v_even | v_odd], of key/value pair j / (heads / kv_heads),
//         k the even key head for even h and the odd one for odd h
//   lambda = exp(lambda_q1 . lambda_k1) - exp(lambda_q2 . lambda_k2) + lambda_init
//   d = o_2j - lambda o_(2j+1)
//   out[t, 128 j .. 128 j + 128] = d / sqrt(mean(d^2) + 1e-5) * subln * (1 - lambda_init)
//
// qkv (tokens, stride) f32, queries first; keys and values (capacity, kv_heads * 64) f16, position p in slot
// p % capacity, this run's rows already there; lambdas (4, 64), subln (128), out (tokens, heads * 64), f32.
//
//   tiled:  one workgroup per 16 rows and pair; it walks over tiles of 64 keys with a running maximum, so that no more
//           than a tile of scores exists at once. Four rows ("a quad") travel as the components of a vec4f. Scores: 16
//           invocations per (head, quad), each with 4 keys. Values: 32 lanes per quad, 4 columns of both heads each.
//   direct: one lane per row and pair and no barrier, for software adapters. Keys come in fours. The four rows of a
//           workgroup walk over the same keys, since there four lanes that read one address take as long as one.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 128u;
const direct_rows = 4u;
const tile_rows = 16u;
const tile_keys = 64u;
const quads = tile_rows / 4u;
const strips = 2u * quads; // (head of the pair, quad)
const parts = workgroup_size / strips; // invocations of a strip
const lanes = 32u;
const scale = 0.125; // 1 / sqrt(64)
const epsilon = 1e-5;
const masked = -1e30;

override heads: u32;
override kv_heads: u32;
override capacity: u32;
override window: u32;
override stride: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(2) var<storage, read> keys: array<vec4u>;
@group(0) @binding(3) var<storage, read> values: array<vec2u>;
@group(0) @binding(4) var<storage, read> lambdas: array<vec4f>;
@group(0) @binding(5) var<storage, read> subln: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4f>;
// Not an override, since it differs from layer to layer: every layer would compile a pipeline of its own.
@group(0) @binding(7) var<uniform> lambda_init: f32;

// exp(score - max) of a tile (strips, tile_keys); at the end the lanes' sums of squares (quads, lanes).
var<workgroup> weights: array<vec4f, strips * tile_keys>;
// Of each strip's parts: the maximum in a tile; at the end the sum of all weights. (strips, parts)
var<workgroup> tops: array<vec4f, strips * parts>;
// What the strip's earlier sums shrink by, since its maximum has grown. (strips)
var<workgroup> fades: array<vec4f, strips>;
// Parts of the two dot products in lambda.
var<workgroup> lambda_parts: array<vec2f, 16>;

fn low(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.x), unpack2x16float(k.y)); }
fn high(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.z), unpack2x16float(k.w)); }
fn key_row(position: u32) -> u32 { return (position % capacity) * kv_heads * 8u; }

// Scores of four keys (columns) and a quad of queries (rows). query: where the queries begin in qkv; key: likewise.
fn multiply(query: vec4u, key: vec4u) -> mat4x4f {
  var scores = mat4x4f();
  for (var i = 0u; i < 8u; i++) {
    let q = query + 2u * i;
    let first = mat4x4f(qkv[q.x], qkv[q.y], qkv[q.z], qkv[q.w]);
    let second = mat4x4f(qkv[q.x + 1u], qkv[q.y + 1u], qkv[q.z + 1u], qkv[q.w + 1u]);
    let k = array(keys[key.x + i], keys[key.y + i], keys[key.z + i], keys[key.w + i]);
    scores += mat4x4f(low(k[0]) * first, low(k[1]) * first, low(k[2]) * first, low(k[3]) * first);
    scores += mat4x4f(high(k[0]) * second, high(k[1]) * second, high(k[2]) * second, high(k[3]) * second);
  }
  return scores * scale;
}

// Hides keys from the queries (at `positions`) that do not see them.
fn seen(score: vec4f, key: vec4u, positions: vec4u) -> vec4f {
  let visible = (key <= positions) & (key + window > positions);
  return select(vec4f(masked), score, visible);
}

fn strip_max(strip: u32, before: vec4f) -> vec4f {
  var peak = before;
  for (var i = 0u; i < parts; i++) { peak = max(peak, tops[strip * parts + i]); }
  return peak;
}

fn strip_sum(strip: u32) -> vec4f {
  var sum = vec4f();
  for (var i = 0u; i < parts; i++) { sum += tops[strip * parts + i]; }
  return sum;
}

fn outer(column: vec4f, row: vec4f) -> mat4x4f {
  return mat4x4f(column * row.x, column * row.y, column * row.z, column * row.w);
}

fn by_column(m: mat4x4f, factors: vec4f) -> mat4x4f {
  return mat4x4f(m[0] * factors.x, m[1] * factors.y, m[2] * factors.z, m[3] * factors.w);
}

fn lambda_part(i: u32) -> vec2f {
  return vec2f(dot(lambdas[i], lambdas[16u + i]), dot(lambdas[32u + i], lambdas[48u + i]));
}

fn lambda_from(dots: vec2f) -> f32 {
  let terms = exp(min(dots, vec2f(80.0)));
  return terms.x - terms.y + lambda_init;
}

fn lambda() -> f32 {
  var dots = vec2f();
  for (var i = 0u; i < 16u; i++) { dots += lambda_parts[i]; }
  return lambda_from(dots);
}

@compute @workgroup_size(workgroup_size)
fn tiled(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  let first_row = id.x * tile_rows;
  if first_row >= step.tokens { return; }
  let last_row = min(first_row + tile_rows, step.tokens) - 1u;
  let pair = id.y;
  let kv_pair = pair / (heads / kv_heads);
  let end = step.position + last_row + 1u;
  let seen_by_first = min(step.position + first_row + 1u, window);

  // As a part of a strip. Rows past the end repeat the last one and are not stored.
  let strip = t / parts;
  let part = t % parts;
  let head = strip / quads;
  let quad_row = first_row + (strip % quads) * 4u;
  let rows = min(vec4u(quad_row, quad_row + 1u, quad_row + 2u, quad_row + 3u), vec4u(last_row));
  let queries = rows * (stride / 4u) + (2u * pair + head) * 16u;
  var peak = vec4f(masked);
  var total = vec4f();

  // As a lane of a quad. Column of a sum: row of the quad; row of it: one of the lane's four columns of the values.
  let quad = t / lanes;
  let lane = t % lanes;
  var sum_1 = mat4x4f();
  var sum_2 = mat4x4f();

  if t < 16u { lambda_parts[t] = lambda_part(t); }
  for (var begin = step.position + first_row + 1u - seen_by_first; begin < end; begin += tile_keys) {
    let key = begin + part + vec4u(0u, parts, 2u * parts, 3u * parts);
    let stored = min(key, vec4u(end - 1u));
    let key_rows = vec4u(key_row(stored.x), key_row(stored.y), key_row(stored.z), key_row(stored.w));
    var scores = multiply(queries, key_rows + (2u * kv_pair + head) * 8u);
    var top = vec4f(masked);
    for (var i = 0u; i < 4u; i++) {
      scores[i] = seen(scores[i], vec4u(key[i]), step.position + rows);
      top = max(top, scores[i]);
    }
    tops[t] = top;
    workgroupBarrier();
    let higher = strip_max(strip, peak);
    let fade = exp(peak - higher);
    peak = higher;
    total *= fade;
    for (var i = 0u; i < 4u; i++) {
      let weight = exp(scores[i] - peak);
      weights[strip * tile_keys + i * parts + part] = weight;
      total += weight;
    }
    if part == 0u { fades[strip] = fade; }
    workgroupBarrier();
    sum_1 = by_column(sum_1, fades[quad]);
    sum_2 = by_column(sum_2, fades[quads + quad]);
    for (var i = 0u; i < min(tile_keys, end - begin); i++) {
      let packed = values[((begin + i) % capacity) * kv_heads * 16u + kv_pair * lanes + lane];
      let v = vec4f(unpack2x16float(packed.x), unpack2x16float(packed.y));
      sum_1 += outer(v, weights[quad * tile_keys + i]);
      sum_2 += outer(v, weights[(quads + quad) * tile_keys + i]);
    }
  }

  tops[t] = total;
  workgroupBarrier();
  let o_1 = by_column(sum_1, 1.0 / strip_sum(quad));
  let o_2 = by_column(sum_2, lambda() / strip_sum(quads + quad));
  let d = o_1 - o_2;
  weights[t] = vec4f(dot(d[0], d[0]), dot(d[1], d[1]), dot(d[2], d[2]), dot(d[3], d[3]));
  workgroupBarrier();
  var squares = vec4f();
  for (var i = 0u; i < lanes; i++) { squares += weights[quad * lanes + i]; }
  let factors = (1.0 - lambda_init) * inverseSqrt(squares / 128.0 + epsilon);
  for (var i = 0u; i < 4u; i++) {
    let row = first_row + quad * 4u + i;
    if row <= last_row { out[row * heads * 16u + pair * lanes + lane] = d[i] * factors[i] * subln[lane]; }
  }
}

// The softmax sums of one head in `direct`, without the values.
struct Softmax { peak: f32, total: f32, fade: f32, weights: vec4f }

fn add_scores(before: Softmax, scores: vec4f) -> Softmax {
  let peak = max(before.peak, max(max(scores.x, scores.y), max(scores.z, scores.w)));
  let fade = exp(before.peak - peak);
  let weights = exp(scores - peak);
  return Softmax(peak, before.total * fade + dot(weights, vec4f(1.0)), fade, weights);
}

// Scores of four keys against one query. key: where the keys begin.
fn four_scores(query: ptr<function, array<vec4f, 16>>, key: vec4u) -> vec4f {
  var scores = vec4f();
  for (var i = 0u; i < 8u; i++) {
    let at = key + i;
    let k = array(keys[at.x], keys[at.y], keys[at.z], keys[at.w]);
    scores += (*query)[2u * i] * mat4x4f(low(k[0]), low(k[1]), low(k[2]), low(k[3]));
    scores += (*query)[2u * i + 1u] * mat4x4f(high(k[0]), high(k[1]), high(k[2]), high(k[3]));
  }
  return scores * scale;
}

fn value_at(at: u32) -> vec4f { return vec4f(unpack2x16float(values[at].x), unpack2x16float(values[at].y)); }

@compute @workgroup_size(direct_rows)
fn direct(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first_row = id.x * direct_rows;
  if first_row >= step.tokens { return; }
  let last_row = min(first_row + direct_rows, step.tokens) - 1u;
  let row = min(first_row + lane, last_row); // A row past the end repeats the last one and is not stored.
  let pair = id.y;
  let kv_pair = pair / (heads / kv_heads);
  var query_1: array<vec4f, 16>;
  var query_2: array<vec4f, 16>;
  for (var i = 0u; i < 16u; i++) {
    query_1[i] = qkv[row * (stride / 4u) + pair * 32u + i];
    query_2[i] = qkv[row * (stride / 4u) + pair * 32u + 16u + i];
  }
  var state_1 = Softmax(masked, 0.0, 1.0, vec4f());
  var state_2 = state_1;
  var sum_1 = array<vec4f, lanes>();
  var sum_2 = sum_1;
  let end = step.position + last_row + 1u;
  for (var begin = step.position + first_row + 1u - min(step.position + first_row + 1u, window); begin < end; begin += 4u) {
    let key = begin + vec4u(0u, 1u, 2u, 3u);
    let slot = (min(key, vec4u(end - 1u)) % capacity) * kv_heads;
    let to_key = slot * 8u + kv_pair * 16u;
    let position = vec4u(step.position + row);
    state_1 = add_scores(state_1, seen(four_scores(&query_1, to_key), key, position));
    state_2 = add_scores(state_2, seen(four_scores(&query_2, to_key + 8u), key, position));
    let to_value = slot * 16u + kv_pair * lanes;
    for (var i = 0u; i < lanes; i++) {
      let at = to_value + i;
      let four = mat4x4f(value_at(at.x), value_at(at.y), value_at(at.z), value_at(at.w));
      sum_1[i] = sum_1[i] * state_1.fade + four * state_1.weights;
      sum_2[i] = sum_2[i] * state_2.fade + four * state_2.weights;
    }
  }

  var dots = vec2f();
  for (var i = 0u; i < 16u; i++) { dots += lambda_part(i); }
  let share_2 = lambda_from(dots) / state_2.total;
  var squares = 0.0;
  for (var i = 0u; i < lanes; i++) {
    sum_1[i] = sum_1[i] / state_1.total - sum_2[i] * share_2;
    squares += dot(sum_1[i], sum_1[i]);
  }
  if first_row + lane > last_row { return; }
  let factor = (1.0 - lambda_init) * inverseSqrt(squares / 128.0 + epsilon);
  for (var i = 0u; i < lanes; i++) { out[row * heads * 16u + pair * lanes + i] = sum_1[i] * factor * subln[i]; }
}
