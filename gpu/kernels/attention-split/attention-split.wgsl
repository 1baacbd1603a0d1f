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
//   tiled:  one workgroup per (key/value pair, split, four query heads): keys and values are loaded once for four heads.
//           Keys come in tiles of 64, or 32 where splits are that short. All of a tile's loads are on their way before the
//           first barrier, since what limits this kernel is how many bytes are; the next tile's follow as soon as a
//           register is free. A group of 32 lanes keeps to keys, maximum and sums of its own until the very end.
//           Scores: 16 lanes per key, each with 16 bytes of the even key head or of the odd one.
//           Values: 32 lanes per key, 4 columns each.
//   direct: four lanes per (pair of query heads, split) and no barrier, for software adapters. Keys come in fours. Each
//           lane makes all scores by itself (there four lanes that read one address take as long as one), and sums every
//           fourth vector of the values.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 128u;
const direct_lanes = 4u;
const key_lanes = 16u;
const value_lanes = 32u; // also the lanes of a group
const groups = workgroup_size / value_lanes;
const half_keys = 32u; // of half a tile; of these, each group has the next eight
const part_rows = 8u; // lanes that share a key and key head
const group_columns = 16u; // keys of a group in a tile
// Odd, so that the parts of a key, which 16 lanes write at once, fall into different banks.
const part_stride = groups * group_columns + 1u;
const scale = 0.125; // 1 / sqrt(64)
const masked = -1e30;

override heads: u32;
override kv_heads: u32;
override capacity: u32;
override window: u32;
override splits: u32;
override split_length: u32;
override group_heads: u32 = 2u * heads / kv_heads; // query heads of one key/value pair
override whole_tiles: bool = split_length > half_keys;
override tile_keys: u32 = select(half_keys, 2u * half_keys, whole_tiles);

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> keys: array<vec4u>;
@group(0) @binding(3) var<storage, read> values: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;

// A vec2f holds the numbers of two query heads that share a key head: the first pair's and the second pair's. "Parity" is
// 0 for the even key head, 1 for the odd one; a "column" is a key of the tile, 16 for each group.
//
// Parts of dot products (2 * part_rows, part_stride). At the end: sums (groups, 4 heads, 2 halves of a vec4f, value_lanes).
var<workgroup> parts: array<vec2f, 2u * part_rows * part_stride>;
var<workgroup> scores: array<vec2f, 2u * groups * group_columns>; // (parity, column)
var<workgroup> weights: array<vec2f, 2u * groups * group_columns>; // (column, parity)
var<workgroup> peaks: array<vec2f, 2u * groups>; // (group, parity)
var<workgroup> totals: array<vec4f, groups>;

fn low(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.x), unpack2x16float(k.y)); }
fn high(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.z), unpack2x16float(k.w)); }

// Eight columns of two query heads, each the column of a matrix.
struct Query { low: mat2x4f, high: mat2x4f }

fn query_part(first: u32, second: u32, part: u32) -> Query {
  let a = first * 16u + part * 2u;
  let b = second * 16u + part * 2u;
  return Query(scale * mat2x4f(q[a], q[b]), scale * mat2x4f(q[a + 1u], q[b + 1u]));
}

// The slot of the tile's first key, and its last key counted from there.
struct Tile { slot: u32, last: u32 }

// Past the end the last key stands in, with a weight of 0.
fn slot_of(tile: Tile, key: u32) -> u32 {
  let slot = tile.slot + min(key, tile.last);
  return min(slot, slot - capacity); // modulo capacity: below it the difference wraps around to a huge number
}

fn load_key(tile: Tile, key: u32, at: u32) -> vec4u { return keys[slot_of(tile, key) * kv_heads * 8u + at]; }
fn load_value(tile: Tile, key: u32, at: u32) -> vec2u { return values[slot_of(tile, key) * kv_heads * 16u + at]; }

// What a lane holds of half a tile: 16 bytes of the group's even keys or of its odd ones, 8 bytes of all its values.
// Written out, as is all that uses them, because a loop that a compiler leaves a loop would put the arrays into memory.
alias Keys = array<vec4u, 4>;
alias Values = array<vec2u, 8>;

fn load_keys(tile: Tile, key: u32, at: u32) -> Keys {
  return Keys(
    load_key(tile, key, at),
    load_key(tile, key + 2u, at),
    load_key(tile, key + 4u, at),
    load_key(tile, key + 6u, at),
  );
}

fn load_values(tile: Tile, key: u32, at: u32) -> Values {
  return Values(
    load_value(tile, key, at),
    load_value(tile, key + 1u, at),
    load_value(tile, key + 2u, at),
    load_value(tile, key + 3u, at),
    load_value(tile, key + 4u, at),
    load_value(tile, key + 5u, at),
    load_value(tile, key + 6u, at),
    load_value(tile, key + 7u, at),
  );
}

fn dots(k: vec4u, query: Query) -> vec2f { return low(k) * query.low + high(k) * query.high; }

fn multiply_keys(k: Keys, query: Query, to: u32) {
  parts[to] = dots(k[0], query);
  parts[to + 2u] = dots(k[1], query);
  parts[to + 4u] = dots(k[2], query);
  parts[to + 6u] = dots(k[3], query);
}

fn two_parts(at: u32) -> vec2f { return parts[at] + parts[at + part_stride]; }

fn add_parts(at: u32) -> vec2f {
  let four = two_parts(at) + two_parts(at + 2u * part_stride);
  return four + (two_parts(at + 4u * part_stride) + two_parts(at + 6u * part_stride));
}

fn highest_of_four(at: u32) -> vec2f {
  return max(max(scores[at], scores[at + 1u]), max(scores[at + 2u], scores[at + 3u]));
}

fn highest(at: u32) -> vec2f {
  let eight = max(highest_of_four(at), highest_of_four(at + 4u));
  return max(eight, max(highest_of_four(at + 8u), highest_of_four(at + 12u)));
}

fn outer(column: vec4f, row: vec4f) -> mat4x4f {
  return mat4x4f(column * row.x, column * row.y, column * row.z, column * row.w);
}

// From vec2f of either parity to query heads in their order.
fn in_order(even: vec2f, odd: vec2f) -> vec4f { return vec4f(even.x, odd.x, even.y, odd.y); }

// Over some keys, for four query heads: columns are heads, rows one lane's four value columns.
struct Sums { values: mat4x4f, weights: vec4f }

fn faded(sums: Sums, fade: vec4f) -> Sums {
  let v = sums.values;
  return Sums(mat4x4f(v[0] * fade.x, v[1] * fade.y, v[2] * fade.z, v[3] * fade.w), sums.weights * fade);
}

fn plus(sums: Sums, v: vec2u, column: u32) -> Sums {
  let weight = in_order(weights[2u * column], weights[2u * column + 1u]);
  let four = vec4f(unpack2x16float(v.x), unpack2x16float(v.y));
  return Sums(sums.values + outer(four, weight), sums.weights + weight);
}

fn add_values(before: Sums, v: Values, column: u32) -> Sums {
  var sums = plus(before, v[0], column);
  sums = plus(sums, v[1], column + 1u);
  sums = plus(sums, v[2], column + 2u);
  sums = plus(sums, v[3], column + 3u);
  sums = plus(sums, v[4], column + 4u);
  sums = plus(sums, v[5], column + 5u);
  sums = plus(sums, v[6], column + 6u);
  return plus(sums, v[7], column + 7u);
}

fn keep(to: u32, sum: vec4f) {
  parts[to] = sum.xy;
  parts[to + value_lanes] = sum.zw;
}

fn kept(at: u32) -> vec4f { return vec4f(parts[at], parts[at + value_lanes]); }

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

fn tile_of(range: Range, at: u32) -> Tile {
  return Tile((range.oldest + at) % capacity, min(range.end - at, tile_keys) - 1u);
}

@compute @workgroup_size(workgroup_size)
fn tiled(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  let range = range_of(id.y);
  if range.begin == range.end { return; }

  let kv_pair = id.x;
  let lane = t % value_lanes;
  let group = t / value_lanes;
  // This lane's place among those of a key; then which of the group's keys, and of their key heads, it adds up.
  let place = t % key_lanes;
  let parity = lane / group_columns;
  let column = group * group_columns + lane % group_columns;
  let own_key = (lane % group_columns) / 8u * half_keys + group * 8u + lane % 8u;

  let key = group * 8u + lane / key_lanes;
  let key_at = kv_pair * key_lanes + place;
  let value = group * 8u;
  let value_at = kv_pair * value_lanes + lane;
  let to_parts = place * part_stride + group * group_columns + lane / key_lanes;

  let first = kv_pair * group_heads + id.z * 4u;
  // With an odd number of pairs the last workgroup has one: it does the same work twice and writes once.
  let has_second = id.z * 4u + 2u < group_heads;
  let first_head = first + place / part_rows;
  let query = query_part(first_head, select(first_head, first_head + 2u, has_second), place % part_rows);

  var tile = tile_of(range, range.begin);
  var near_keys = load_keys(tile, key, key_at);
  var far_keys: Keys;
  if whole_tiles { far_keys = load_keys(tile, key + half_keys, key_at); }
  var near_values = load_values(tile, value, value_at);
  var far_values: Values;
  if whole_tiles { far_values = load_values(tile, value + half_keys, value_at); }

  var own_peak = vec2f(masked); // of this lane's parity
  var peak = vec4f(masked); // of all four heads, over the keys in `sums`
  var sums = Sums();
  for (var at = range.begin; at < range.end; at += tile_keys) {
    let is_key = own_key <= tile.last;
    let has_next = at + tile_keys < range.end;
    if has_next { tile = tile_of(range, at + tile_keys); }

    multiply_keys(near_keys, query, to_parts);
    if has_next { near_keys = load_keys(tile, key, key_at); }
    if whole_tiles {
      multiply_keys(far_keys, query, to_parts + 8u);
      if has_next { far_keys = load_keys(tile, key + half_keys, key_at); }
    }
    workgroupBarrier();
    let score = select(vec2f(masked), add_parts(parity * part_rows * part_stride + column), is_key);
    let group_scores = parity * groups * group_columns + group * group_columns;
    scores[group_scores + lane % group_columns] = score;
    workgroupBarrier();
    own_peak = max(own_peak, highest(group_scores));
    weights[2u * column + parity] = select(vec2f(), exp(score - own_peak), is_key);
    if lane % group_columns == 0u { peaks[2u * group + parity] = own_peak; }
    workgroupBarrier();
    let higher = in_order(peaks[2u * group], peaks[2u * group + 1u]);
    sums = faded(sums, exp(peak - higher));
    peak = higher;
    sums = add_values(sums, near_values, group * group_columns);
    if has_next { near_values = load_values(tile, value, value_at); }
    if whole_tiles {
      sums = add_values(sums, far_values, group * group_columns + 8u);
      if has_next { far_values = load_values(tile, value + half_keys, value_at); }
    }
  }

  let to_sums = group * 8u * value_lanes + lane;
  keep(to_sums, sums.values[0]);
  keep(to_sums + 2u * value_lanes, sums.values[1]);
  keep(to_sums + 4u * value_lanes, sums.values[2]);
  keep(to_sums + 6u * value_lanes, sums.values[3]);
  if lane == 0u { totals[group] = sums.weights; }
  workgroupBarrier();
  // From here on a group of lanes stands for a head.
  let head = group;
  if head >= 2u && !has_second { return; }
  var all_peak = masked;
  for (var i = 0u; i < groups; i++) { all_peak = max(all_peak, peaks[2u * i + head % 2u][head / 2u]); }
  var sum = vec4f();
  var total = 0.0;
  for (var i = 0u; i < groups; i++) {
    let fade = exp(peaks[2u * i + head % 2u][head / 2u] - all_peak);
    let at = (i * 4u + head) * 2u * value_lanes + lane;
    sum += fade * kept(at);
    total += fade * totals[i][head];
  }
  let to = (id.y * heads + first + head) * (value_lanes + 1u);
  partials[to + lane] = sum;
  if lane == 0u { partials[to + value_lanes] = vec4f(all_peak, total, 0.0, 0.0); }
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
