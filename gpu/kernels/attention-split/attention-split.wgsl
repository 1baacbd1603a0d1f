// Differential attention of one query row, first half: softmax sums over a part ("split") of the visible keys.
// For query head h of pair j = h / 2, which reads key/value pair j / (heads / kv_heads):
//
//   s = q_h . k / sqrt(64), k the even key head for even h and the odd one for odd h
//   partials[split, h] = [sum of exp(s - m) [v_even | v_odd]  (128) | m = max s | sum of exp(s - m) | 0 | 0]
//
// q (1, q_stride) f32, scaled here; keys and values (capacity, kv_heads * 64) f16, position p in slot p % capacity;
// partials (splits, heads, 132) f32. The query is at the step's last position and sees the newest `window` keys up to
// and with its own. Splits without keys write nothing; attention-merge finds the same splits by the same formula.
//
//   tiled:  one workgroup per (key/value pair, split, four query heads): keys and values are loaded once for four heads,
//           whose numbers travel as the components of a vec4f (.xz even heads, .yw odd ones). Keys come in tiles of 64.
//           Scores: 8 lanes per key, each with 16 bytes of both key heads. Values: a warp-sized group of 32 lanes per
//           key, 4 columns each.
//   direct: four lanes per (pair of query heads, split) and no barrier, for software adapters. Keys come in fours. Each
//           lane makes all scores by itself (there four lanes that read one address take as long as one), and sums every
//           fourth vector of the values.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 128u;
const direct_lanes = 4u;
const tile_keys = 64u;
const key_lanes = 8u;
const value_lanes = 32u;
const key_groups = workgroup_size / value_lanes;
// Odd, so that the eight parts of a key, and those of neighbouring keys, fall into different banks.
const part_stride = 65u;
const scale = 0.125; // 1 / sqrt(64)
const masked = -1e30;

override heads: u32;
override kv_heads: u32;
override capacity: u32;
override window: u32;
override splits: u32;
override split_length: u32;
override group_heads: u32 = 2u * heads / kv_heads; // query heads of one key/value pair

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> keys: array<vec4u>;
@group(0) @binding(3) var<storage, read> values: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;

// While keys are read: parts of dot products (key_lanes, part_stride). At the end: sums (key_groups, 4, value_lanes).
var<workgroup> parts: array<vec4f, key_lanes * part_stride>;
// Scores of a tile's keys, then exp(score - max).
var<workgroup> weights: array<vec4f, tile_keys>;
var<workgroup> peaks: array<vec4f, tile_keys / 4u>;
var<workgroup> totals: array<vec4f, key_groups>;

// Eight columns of four query heads: column 0 of each matrix the first pair's head, column 1 the second pair's.
struct Query { even_low: mat2x4f, even_high: mat2x4f, odd_low: mat2x4f, odd_high: mat2x4f }

fn query_part(first: u32, second: u32, lane: u32) -> Query {
  let a = first * 16u + lane * 2u;
  let b = second * 16u + lane * 2u;
  return Query(
    scale * mat2x4f(q[a], q[b]),
    scale * mat2x4f(q[a + 1u], q[b + 1u]),
    scale * mat2x4f(q[a + 16u], q[b + 16u]),
    scale * mat2x4f(q[a + 17u], q[b + 17u]),
  );
}

fn low(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.x), unpack2x16float(k.y)); }
fn high(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.z), unpack2x16float(k.w)); }

fn multiply_keys(position: u32, count: u32, kv_pair: u32, t: u32, query: Query) {
  let lane = t % key_lanes;
  for (var key = t / key_lanes; key < count; key += workgroup_size / key_lanes) {
    let row = ((position + key) % capacity) * kv_heads * 8u + kv_pair * 16u;
    let even = keys[row + lane];
    let odd = keys[row + 8u + lane];
    let e = low(even) * query.even_low + high(even) * query.even_high;
    let o = low(odd) * query.odd_low + high(odd) * query.odd_high;
    parts[lane * part_stride + key] = vec4f(e.x, o.x, e.y, o.y);
  }
}

// Sixteen invocations finish four keys each and leave their maxima for all to read.
fn add_parts(count: u32, t: u32) {
  if t >= tile_keys / 4u { return; }
  var peak = vec4f(masked);
  for (var key = t; key < count; key += tile_keys / 4u) {
    var score = vec4f();
    for (var lane = 0u; lane < key_lanes; lane++) { score += parts[lane * part_stride + key]; }
    weights[key] = score;
    peak = max(peak, score);
  }
  peaks[t] = peak;
}

fn highest(before: vec4f) -> vec4f {
  var peak = before;
  for (var i = 0u; i < tile_keys / 4u; i++) { peak = max(peak, peaks[i]); }
  return peak;
}

fn outer(column: vec4f, row: vec4f) -> mat4x4f {
  return mat4x4f(column * row.x, column * row.y, column * row.z, column * row.w);
}

// Keys [begin, end) of a split, counted from the oldest one that the query sees. No keys: begin = end.
struct Range { oldest: u32, begin: u32, end: u32 }

fn range_of(split: u32) -> Range {
  let end_position = step.position + step.tokens;
  let visible = min(end_position, window);
  // A whole multiple of split_length: 1, unless there are more keys than `splits` of them hold.
  let length = (visible + splits * split_length - 1u) / (splits * split_length) * split_length;
  let begin = min(split * length, visible);
  return Range(end_position - visible, begin, min(begin + length, visible));
}

@compute @workgroup_size(workgroup_size)
fn tiled(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  let range = range_of(id.y);
  let oldest = range.oldest;
  let end = range.end;
  if range.begin == end { return; }

  let kv_pair = id.x;
  let first = kv_pair * group_heads + id.z * 4u;
  // With an odd number of pairs the last workgroup has one: it does the same work twice and writes once.
  let has_second = id.z * 4u + 2u < group_heads;
  let query = query_part(first, select(first, first + 2u, has_second), t % key_lanes);

  let lane = t % value_lanes;
  let group = t / value_lanes;
  var peak = vec4f(masked);
  var total = vec4f();
  var sums = mat4x4f(); // column: query head; row: one of this lane's four value columns
  for (var at = range.begin; at < end; at += tile_keys) {
    let count = min(tile_keys, end - at);
    multiply_keys(oldest + at, count, kv_pair, t, query);
    workgroupBarrier();
    add_parts(count, t);
    workgroupBarrier();
    let higher = highest(peak);
    if t < count { weights[t] = exp(weights[t] - higher); }
    workgroupBarrier();
    let fade = exp(peak - higher);
    peak = higher;
    total *= fade;
    sums = mat4x4f(sums[0] * fade.x, sums[1] * fade.y, sums[2] * fade.z, sums[3] * fade.w);
    for (var key = group; key < count; key += key_groups) {
      let v = values[((oldest + at + key) % capacity) * kv_heads * 16u + kv_pair * value_lanes + lane];
      let weight = weights[key];
      sums += outer(vec4f(unpack2x16float(v.x), unpack2x16float(v.y)), weight);
      total += weight;
    }
  }

  for (var head = 0u; head < 4u; head++) { parts[(group * 4u + head) * value_lanes + lane] = sums[head]; }
  if lane == 0u { totals[group] = total; }
  workgroupBarrier();
  // From here on a group of lanes stands for a head.
  let head = group;
  if head >= 2u && !has_second { return; }
  var sum = vec4f();
  for (var i = 0u; i < key_groups; i++) { sum += parts[(i * 4u + head) * value_lanes + lane]; }
  let to = (id.y * heads + first + head) * (value_lanes + 1u);
  partials[to + lane] = sum;
  if lane == 0u {
    let all = totals[0] + totals[1] + totals[2] + totals[3];
    partials[to + value_lanes] = vec4f(peak[head], all[head], 0.0, 0.0);
  }
}

// The softmax sums of one head in `direct`, without the values.
struct Softmax { peak: f32, total: f32, fade: f32, weights: vec4f }

// Scores of four keys against the query head that begins at q[query]. key: where the keys begin.
fn four_scores(query: u32, key: vec4u) -> vec4f {
  var scores = vec4f();
  for (var i = 0u; i < 8u; i++) {
    let first = q[query + 2u * i];
    let second = q[query + 2u * i + 1u];
    let at = key + i;
    let k = array(keys[at.x], keys[at.y], keys[at.z], keys[at.w]);
    scores += first * mat4x4f(low(k[0]), low(k[1]), low(k[2]), low(k[3]));
    scores += second * mat4x4f(high(k[0]), high(k[1]), high(k[2]), high(k[3]));
  }
  return scores * scale;
}

fn add_scores(before: Softmax, scores: vec4f) -> Softmax {
  let peak = max(before.peak, max(max(scores.x, scores.y), max(scores.z, scores.w)));
  let fade = exp(before.peak - peak);
  let weights = exp(scores - peak);
  return Softmax(peak, before.total * fade + dot(weights, vec4f(1.0)), fade, weights);
}

fn value_at(at: u32) -> vec4f { return vec4f(unpack2x16float(values[at].x), unpack2x16float(values[at].y)); }

@compute @workgroup_size(direct_lanes)
fn direct(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let range = range_of(id.y);
  if range.begin == range.end { return; }
  let pair = id.x;
  let kv_pair = pair / (heads / kv_heads);
  var even = Softmax(masked, 0.0, 1.0, vec4f());
  var odd = even;
  var even_sums = array<vec4f, value_lanes / direct_lanes>();
  var odd_sums = even_sums;
  for (var at = range.begin; at < range.end; at += 4u) {
    let key = at + vec4u(0u, 1u, 2u, 3u);
    // Past the end the last key stands in, with a weight of 0.
    let slot = ((range.oldest + min(key, vec4u(range.end - 1u))) % capacity) * kv_heads;
    let to_key = slot * 8u + kv_pair * 16u;
    let is_key = key < vec4u(range.end);
    even = add_scores(even, select(vec4f(masked), four_scores(pair * 32u, to_key), is_key));
    odd = add_scores(odd, select(vec4f(masked), four_scores(pair * 32u + 16u, to_key + 8u), is_key));
    let to_value = slot * 16u + kv_pair * value_lanes + lane;
    for (var i = 0u; i < value_lanes / direct_lanes; i++) {
      let v = to_value + i * direct_lanes;
      let four = mat4x4f(value_at(v.x), value_at(v.y), value_at(v.z), value_at(v.w));
      even_sums[i] = even_sums[i] * even.fade + four * even.weights;
      odd_sums[i] = odd_sums[i] * odd.fade + four * odd.weights;
    }
  }
  let to = (id.y * heads + 2u * pair) * (value_lanes + 1u);
  for (var i = 0u; i < value_lanes / direct_lanes; i++) {
    partials[to + i * direct_lanes + lane] = even_sums[i];
    partials[to + value_lanes + 1u + i * direct_lanes + lane] = odd_sums[i];
  }
  if lane == 0u {
    partials[to + value_lanes] = vec4f(even.peak, even.total, 0.0, 0.0);
    partials[to + 2u * value_lanes + 1u] = vec4f(odd.peak, odd.total, 0.0, 0.0);
  }
}
