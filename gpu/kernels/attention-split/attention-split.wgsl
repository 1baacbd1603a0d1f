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
//
// tiled_int8 and direct_int8 do the same with keys and values that are codes of 8 bits (kv-append-int8 writes them). A
// lane has the same columns of the same keys. It multiplies with the codes as they are; a key's scale then goes into its
// score, a value's into the four columns of its codes. They are in this file, not in one of their own, since WGSL has no
// includes: most of it serves both.

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
// (capacity, kv_heads * 64) signed bytes, four to a word; (capacity, kv_heads, 2) f16, a key's scale and a value's in a word.
@group(0) @binding(5) var<storage, read> key_codes: array<vec2u>;
@group(0) @binding(6) var<storage, read> value_codes: array<u32>;
@group(0) @binding(7) var<storage, read> scales: array<u32>;

// A vec2f holds the numbers of two query heads that share a key head: the first pair's and the second pair's. "Parity" is
// 0 for the even key head, 1 for the odd one; a "column" is a key of the tile, 16 for each group.
//
// Parts of dot products (2 * part_rows, part_stride). At the end: sums (groups, 4 heads, 2 halves of a vec4f, value_lanes).
var<workgroup> parts: array<vec2f, 2u * part_rows * part_stride>;
var<workgroup> scores: array<vec2f, 2u * groups * group_columns>; // (parity, column)
var<workgroup> weights: array<vec2f, 2u * groups * group_columns>; // (column, parity)
var<workgroup> peaks: array<vec2f, 2u * groups>; // (group, parity)
var<workgroup> totals: array<vec4f, groups>;
var<workgroup> value_scales: array<f32, 2u * groups * group_columns>; // (column, parity of the value head); tiled_int8 only

fn low(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.x), unpack2x16float(k.y)); }
fn high(k: vec4u) -> vec4f { return vec4f(unpack2x16float(k.z), unpack2x16float(k.w)); }
fn halves(v: vec2u) -> vec4f { return vec4f(unpack2x16float(v.x), unpack2x16float(v.y)); }
// Each byte is shifted to the top, and down again with its sign.
fn codes(word: u32) -> vec4f {
  return vec4f((vec4i(bitcast<i32>(word)) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
}

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
fn load_key_code(tile: Tile, key: u32, at: u32) -> vec2u { return key_codes[slot_of(tile, key) * kv_heads * 8u + at]; }
fn load_value_code(tile: Tile, key: u32, at: u32) -> u32 { return value_codes[slot_of(tile, key) * kv_heads * 16u + at]; }

// What a lane holds of half a tile: 8 columns of the group's even keys or of its odd ones, 4 columns of all its values.
// Written out, as is all that uses them, because a loop that a compiler leaves a loop would put the arrays into memory.
alias Keys = array<vec4u, 4>;
alias Values = array<vec2u, 8>;
alias KeyCodes = array<vec2u, 4>;
alias ValueCodes = array<u32, 8>;

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

fn load_key_codes(tile: Tile, key: u32, at: u32) -> KeyCodes {
  return KeyCodes(
    load_key_code(tile, key, at),
    load_key_code(tile, key + 2u, at),
    load_key_code(tile, key + 4u, at),
    load_key_code(tile, key + 6u, at),
  );
}

fn load_value_codes(tile: Tile, key: u32, at: u32) -> ValueCodes {
  return ValueCodes(
    load_value_code(tile, key, at),
    load_value_code(tile, key + 1u, at),
    load_value_code(tile, key + 2u, at),
    load_value_code(tile, key + 3u, at),
    load_value_code(tile, key + 4u, at),
    load_value_code(tile, key + 5u, at),
    load_value_code(tile, key + 6u, at),
    load_value_code(tile, key + 7u, at),
  );
}

fn dots(k: vec4u, query: Query) -> vec2f { return low(k) * query.low + high(k) * query.high; }
fn code_dots(k: vec2u, query: Query) -> vec2f { return codes(k.x) * query.low + codes(k.y) * query.high; }

fn multiply_keys(k: Keys, query: Query, to: u32) {
  parts[to] = dots(k[0], query);
  parts[to + 2u] = dots(k[1], query);
  parts[to + 4u] = dots(k[2], query);
  parts[to + 6u] = dots(k[3], query);
}

fn multiply_key_codes(k: KeyCodes, query: Query, to: u32) {
  parts[to] = code_dots(k[0], query);
  parts[to + 2u] = code_dots(k[1], query);
  parts[to + 4u] = code_dots(k[2], query);
  parts[to + 6u] = code_dots(k[3], query);
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
struct Sums { values: mat4x4f, weights: vec4f, peak: vec4f }

// The same sums, made ready for weights that are relative to the group's peaks.
fn raised(sums: Sums, group: u32) -> Sums {
  let peak = in_order(peaks[2u * group], peaks[2u * group + 1u]);
  let fade = exp(sums.peak - peak);
  let v = sums.values;
  return Sums(mat4x4f(v[0] * fade.x, v[1] * fade.y, v[2] * fade.z, v[3] * fade.w), sums.weights * fade, peak);
}

fn plus(sums: Sums, four: vec4f, column: u32) -> Sums {
  let weight = in_order(weights[2u * column], weights[2u * column + 1u]);
  return Sums(sums.values + outer(four, weight), sums.weights + weight, sums.peak);
}

fn add_values(before: Sums, v: Values, column: u32) -> Sums {
  var sums = plus(before, halves(v[0]), column);
  sums = plus(sums, halves(v[1]), column + 1u);
  sums = plus(sums, halves(v[2]), column + 2u);
  sums = plus(sums, halves(v[3]), column + 3u);
  sums = plus(sums, halves(v[4]), column + 4u);
  sums = plus(sums, halves(v[5]), column + 5u);
  sums = plus(sums, halves(v[6]), column + 6u);
  return plus(sums, halves(v[7]), column + 7u);
}

// at: the column and the parity of this lane's value head, as in value_scales.
fn plus_codes(sums: Sums, v: u32, at: u32) -> Sums { return plus(sums, codes(v) * value_scales[at], at / 2u); }

fn add_value_codes(before: Sums, v: ValueCodes, at: u32) -> Sums {
  var sums = plus_codes(before, v[0], at);
  sums = plus_codes(sums, v[1], at + 2u);
  sums = plus_codes(sums, v[2], at + 4u);
  sums = plus_codes(sums, v[3], at + 6u);
  sums = plus_codes(sums, v[4], at + 8u);
  sums = plus_codes(sums, v[5], at + 10u);
  sums = plus_codes(sums, v[6], at + 12u);
  return plus_codes(sums, v[7], at + 14u);
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

// What a lane of `tiled` does with each tile.
struct Lane {
  group: u32,
  index: u32, // in its group
  // It multiplies eight columns of these keys ...
  key: u32,
  key_at: u32, // among the vectors of a position
  to_parts: u32,
  // ... adds up the parts of one key and key head ...
  own_key: u32,
  parity: u32,
  column: u32,
  // ... and four columns of these values.
  value: u32,
  value_at: u32,
}

fn lane_of(t: u32, kv_pair: u32) -> Lane {
  let index = t % value_lanes;
  let group = t / value_lanes;
  let place = t % key_lanes;
  return Lane(
    group,
    index,
    group * 8u + index / key_lanes,
    kv_pair * key_lanes + place,
    place * part_stride + group * group_columns + index / key_lanes,
    (index % group_columns) / 8u * half_keys + group * 8u + index % 8u,
    index / group_columns,
    group * group_columns + index % group_columns,
    group * 8u,
    kv_pair * value_lanes + index,
  );
}

// With an odd number of pairs the last workgroup has one: it does the same work twice and writes once.
fn has_second(heads_from: u32) -> bool { return heads_from * 4u + 2u < group_heads; }

fn first_head(kv_pair: u32, heads_from: u32) -> u32 { return kv_pair * group_heads + heads_from * 4u; }

fn lane_query(t: u32, id: vec3u) -> Query {
  let place = t % key_lanes;
  let head = first_head(id.x, id.z) + place / part_rows;
  return query_part(head, select(head, head + 2u, has_second(id.z)), place % part_rows);
}

fn group_scores(lane: Lane) -> u32 { return lane.parity * groups * group_columns + lane.group * group_columns; }

// The scores of a lane's own key, from the parts that others have written; they are kept for the group.
fn own_score(lane: Lane, scale: f32, is_key: bool) -> vec2f {
  let dot = scale * add_parts(lane.parity * part_rows * part_stride + lane.column);
  let score = select(vec2f(masked), dot, is_key);
  scores[group_scores(lane) + lane.index % group_columns] = score;
  return score;
}

// Keeps the weight of a lane's own key and the group's peak for the group; the peak is returned too.
fn weigh(lane: Lane, score: vec2f, is_key: bool, before: vec2f) -> vec2f {
  let peak = max(before, highest(group_scores(lane)));
  weights[2u * lane.column + lane.parity] = select(vec2f(), exp(score - peak), is_key);
  if lane.index % group_columns == 0u { peaks[2u * lane.group + lane.parity] = peak; }
  return peak;
}

fn keep_sums(lane: Lane, sums: Sums) {
  let to = lane.group * 8u * value_lanes + lane.index;
  keep(to, sums.values[0]);
  keep(to + 2u * value_lanes, sums.values[1]);
  keep(to + 4u * value_lanes, sums.values[2]);
  keep(to + 6u * value_lanes, sums.values[3]);
  if lane.index == 0u { totals[lane.group] = sums.weights; }
}

// Puts the sums of all groups together. From here on a group of lanes stands for a head.
fn write_partials(lane: Lane, id: vec3u) {
  let head = lane.group;
  if head >= 2u && !has_second(id.z) { return; }
  var all_peak = masked;
  for (var i = 0u; i < groups; i++) { all_peak = max(all_peak, peaks[2u * i + head % 2u][head / 2u]); }
  var sum = vec4f();
  var total = 0.0;
  for (var i = 0u; i < groups; i++) {
    let fade = exp(peaks[2u * i + head % 2u][head / 2u] - all_peak);
    let at = (i * 4u + head) * 2u * value_lanes + lane.index;
    sum += fade * kept(at);
    total += fade * totals[i][head];
  }
  let to = (id.y * heads + first_head(id.x, id.z) + head) * (value_lanes + 1u);
  partials[to + lane.index] = sum;
  if lane.index == 0u { partials[to + value_lanes] = vec4f(all_peak, total, 0.0, 0.0); }
}

@compute @workgroup_size(workgroup_size)
fn tiled(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  let range = range_of(id.y);
  if range.begin == range.end { return; }
  let lane = lane_of(t, id.x);
  let query = lane_query(t, id);

  var tile = tile_of(range, range.begin);
  var near_keys = load_keys(tile, lane.key, lane.key_at);
  var far_keys: Keys;
  if whole_tiles { far_keys = load_keys(tile, lane.key + half_keys, lane.key_at); }
  var near_values = load_values(tile, lane.value, lane.value_at);
  var far_values: Values;
  if whole_tiles { far_values = load_values(tile, lane.value + half_keys, lane.value_at); }

  var own_peak = vec2f(masked); // of this lane's parity
  var sums = Sums(mat4x4f(), vec4f(), vec4f(masked));
  for (var at = range.begin; at < range.end; at += tile_keys) {
    let is_key = lane.own_key <= tile.last;
    let has_next = at + tile_keys < range.end;
    if has_next { tile = tile_of(range, at + tile_keys); }

    multiply_keys(near_keys, query, lane.to_parts);
    if has_next { near_keys = load_keys(tile, lane.key, lane.key_at); }
    if whole_tiles {
      multiply_keys(far_keys, query, lane.to_parts + 8u);
      if has_next { far_keys = load_keys(tile, lane.key + half_keys, lane.key_at); }
    }
    workgroupBarrier();
    let score = own_score(lane, 1.0, is_key);
    workgroupBarrier();
    own_peak = weigh(lane, score, is_key, own_peak);
    workgroupBarrier();
    sums = add_values(raised(sums, lane.group), near_values, lane.group * group_columns);
    if has_next { near_values = load_values(tile, lane.value, lane.value_at); }
    if whole_tiles {
      sums = add_values(sums, far_values, lane.group * group_columns + 8u);
      if has_next { far_values = load_values(tile, lane.value + half_keys, lane.value_at); }
    }
  }
  keep_sums(lane, sums);
  workgroupBarrier();
  write_partials(lane, id);
}

// The scales of a lane's own key and of its value.
fn load_own_scales(tile: Tile, lane: Lane, kv_pair: u32) -> u32 {
  return scales[slot_of(tile, lane.own_key) * kv_heads + 2u * kv_pair + lane.parity];
}

@compute @workgroup_size(workgroup_size)
fn tiled_int8(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) t: u32) {
  let range = range_of(id.y);
  if range.begin == range.end { return; }
  let lane = lane_of(t, id.x);
  let query = lane_query(t, id);
  // The first half of a group's lanes have columns of the even value head, the others of the odd one: as with parities.
  let scales_at = 2u * lane.group * group_columns + lane.parity;

  var tile = tile_of(range, range.begin);
  var near_keys = load_key_codes(tile, lane.key, lane.key_at);
  var far_keys: KeyCodes;
  if whole_tiles { far_keys = load_key_codes(tile, lane.key + half_keys, lane.key_at); }
  var own_scales = load_own_scales(tile, lane, id.x);
  var near_values = load_value_codes(tile, lane.value, lane.value_at);
  var far_values: ValueCodes;
  if whole_tiles { far_values = load_value_codes(tile, lane.value + half_keys, lane.value_at); }

  var own_peak = vec2f(masked);
  var sums = Sums(mat4x4f(), vec4f(), vec4f(masked));
  for (var at = range.begin; at < range.end; at += tile_keys) {
    let is_key = lane.own_key <= tile.last;
    let has_next = at + tile_keys < range.end;
    if has_next { tile = tile_of(range, at + tile_keys); }

    multiply_key_codes(near_keys, query, lane.to_parts);
    if has_next { near_keys = load_key_codes(tile, lane.key, lane.key_at); }
    if whole_tiles {
      multiply_key_codes(far_keys, query, lane.to_parts + 8u);
      if has_next { far_keys = load_key_codes(tile, lane.key + half_keys, lane.key_at); }
    }
    let key_and_value = unpack2x16float(own_scales);
    if has_next { own_scales = load_own_scales(tile, lane, id.x); }
    workgroupBarrier();
    let score = own_score(lane, key_and_value.x, is_key);
    workgroupBarrier();
    own_peak = weigh(lane, score, is_key, own_peak);
    value_scales[2u * lane.column + lane.parity] = key_and_value.y;
    workgroupBarrier();
    sums = add_value_codes(raised(sums, lane.group), near_values, scales_at);
    if has_next { near_values = load_value_codes(tile, lane.value, lane.value_at); }
    if whole_tiles {
      sums = add_value_codes(sums, far_values, scales_at + 16u);
      if has_next { far_values = load_value_codes(tile, lane.value + half_keys, lane.value_at); }
    }
  }
  keep_sums(lane, sums);
  workgroupBarrier();
  write_partials(lane, id);
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

fn four_code_scores(query: u32, key: vec4u) -> vec4f {
  var scores = vec4f();
  for (var i = 0u; i < 8u; i++) {
    let first = q[query + 2u * i];
    let second = q[query + 2u * i + 1u];
    let at = key + i;
    let k = array(key_codes[at.x], key_codes[at.y], key_codes[at.z], key_codes[at.w]);
    scores += first * mat4x4f(codes(k[0].x), codes(k[1].x), codes(k[2].x), codes(k[3].x));
    scores += second * mat4x4f(codes(k[0].y), codes(k[1].y), codes(k[2].y), codes(k[3].y));
  }
  return scores * scale;
}

// Of four keys and their values.
struct FourScales { keys: vec4f, values: vec4f }

fn four_scales(at: vec4u) -> FourScales {
  let first = vec4f(unpack2x16float(scales[at.x]), unpack2x16float(scales[at.y]));
  let second = vec4f(unpack2x16float(scales[at.z]), unpack2x16float(scales[at.w]));
  return FourScales(vec4f(first.xz, second.xz), vec4f(first.yw, second.yw));
}

fn add_scores(before: Softmax, scores: vec4f, is_key: vec4<bool>) -> Softmax {
  let held = select(vec4f(masked), scores, is_key);
  let peak = max(before.peak, max(max(held.x, held.y), max(held.z, held.w)));
  let fade = exp(before.peak - peak);
  let weights = exp(held - peak);
  return Softmax(peak, before.total * fade + dot(weights, vec4f(1.0)), fade, weights);
}

// The first of kv_heads where four keys lie. Past the end the last key stands in, with a weight of 0.
fn four_slots(range: Range, key: vec4u) -> vec4u {
  return ((range.oldest + min(key, vec4u(range.end - 1u))) % capacity) * kv_heads;
}

alias DirectSums = array<vec4f, value_lanes / direct_lanes>;

fn write_direct(to: u32, lane: u32, head: Softmax, sums: DirectSums) {
  for (var i = 0u; i < value_lanes / direct_lanes; i++) { partials[to + i * direct_lanes + lane] = sums[i]; }
  if lane == 0u { partials[to + value_lanes] = vec4f(head.peak, head.total, 0.0, 0.0); }
}

@compute @workgroup_size(direct_lanes)
fn direct(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let range = range_of(id.y);
  if range.begin == range.end { return; }
  let pair = id.x;
  let kv_pair = pair / (heads / kv_heads);
  var even = Softmax(masked, 0.0, 1.0, vec4f());
  var odd = even;
  var even_sums = DirectSums();
  var odd_sums = DirectSums();
  for (var at = range.begin; at < range.end; at += 4u) {
    let key = at + vec4u(0u, 1u, 2u, 3u);
    let is_key = key < vec4u(range.end);
    let slot = four_slots(range, key);
    let to_key = slot * 8u + kv_pair * 16u;
    even = add_scores(even, four_scores(pair * 32u, to_key), is_key);
    odd = add_scores(odd, four_scores(pair * 32u + 16u, to_key + 8u), is_key);
    let to_value = slot * 16u + kv_pair * value_lanes + lane;
    for (var i = 0u; i < value_lanes / direct_lanes; i++) {
      let v = to_value + i * direct_lanes;
      let four = mat4x4f(halves(values[v.x]), halves(values[v.y]), halves(values[v.z]), halves(values[v.w]));
      even_sums[i] = even_sums[i] * even.fade + four * even.weights;
      odd_sums[i] = odd_sums[i] * odd.fade + four * odd.weights;
    }
  }
  let to = (id.y * heads + 2u * pair) * (value_lanes + 1u);
  write_direct(to, lane, even, even_sums);
  write_direct(to + value_lanes + 1u, lane, odd, odd_sums);
}

@compute @workgroup_size(direct_lanes)
fn direct_int8(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let range = range_of(id.y);
  if range.begin == range.end { return; }
  let pair = id.x;
  let kv_pair = pair / (heads / kv_heads);
  var even = Softmax(masked, 0.0, 1.0, vec4f());
  var odd = even;
  var even_sums = DirectSums();
  var odd_sums = DirectSums();
  for (var at = range.begin; at < range.end; at += 4u) {
    let key = at + vec4u(0u, 1u, 2u, 3u);
    let is_key = key < vec4u(range.end);
    let slot = four_slots(range, key);
    let even_scales = four_scales(slot + 2u * kv_pair);
    let odd_scales = four_scales(slot + 2u * kv_pair + 1u);
    let to_key = slot * 8u + kv_pair * 16u;
    even = add_scores(even, even_scales.keys * four_code_scores(pair * 32u, to_key), is_key);
    odd = add_scores(odd, odd_scales.keys * four_code_scores(pair * 32u + 16u, to_key + 8u), is_key);
    let to_value = slot * 16u + kv_pair * value_lanes + lane;
    for (var i = 0u; i < value_lanes / direct_lanes; i++) {
      let v = to_value + i * direct_lanes;
      let four = mat4x4f(codes(value_codes[v.x]), codes(value_codes[v.y]), codes(value_codes[v.z]), codes(value_codes[v.w]));
      // The first half of the columns are the even value head's.
      let value_scale = select(odd_scales.values, even_scales.values, i < value_lanes / direct_lanes / 2u);
      even_sums[i] = even_sums[i] * even.fade + four * (even.weights * value_scale);
      odd_sums[i] = odd_sums[i] * odd.fade + four * (odd.weights * value_scale);
    }
  }
  let to = (id.y * heads + 2u * pair) * (value_lanes + 1u);
  write_direct(to, lane, even, even_sums);
  write_direct(to + value_lanes + 1u, lane, odd, odd_sums);
}
