// y = W x' (+ bias) for one row of x and W in 4 bits, x' being x or its LayerNorm, then an epilogue. Layout of W: gpu/int4.ts.
//
//   linear, one_lane   epilogue 0 store   out = y
//                               1 add     out += y
//                               2 swiglu  out = silu(y[0:F]) * y[F:2F], W (2F, cols), outputs = F
//                               3 gate    out = silu(y) * gate
//   convolve           columns [0, channels): out = silu(bias + taps . (the last three inputs, y)), which joins the inputs;
//                      columns from channels on: out = y
//   append             columns [0, key_column): out = y; then the keys and the values of this position, in f16
//
// x (cols) f32; codes (rows, cols / 2) bytes, read 16 at a time: one group of 32 weights; scales (rows, cols / 32) f16,
// two to a word; bias (rows), gate and out (at least first_column + outputs) f32, from first_column on; norm (2, cols) f32,
// weight and bias of the LayerNorm; taps, inputs (channels, 4) f32, oldest first; keys and values (capacity, width) f16,
// two to a word, position p in slot p % capacity.
//
// A lane works on rows_per_lane (1, 2 or 4) rows at once, so that what it read of x serves all of them; for swiglu half
// of them are the partners of the other half. The rows of a lane travel as the components of a vec4.
//   one_lane: no barrier at all, for software adapters, where a barrier costs more than the arithmetic between two, and a
//             load as much as a dozen operations: a lane has two slots, so that x is read half as often.
//   others:   `lanes` neighbours share the rows and take groups in turn, so they read W contiguously. What takes long is
//             asked for first: W, then x, then what the epilogue needs, and only then does anybody wait. x is staged in
//             workgroup memory in an order without bank conflicts; partial sums meet there in a fixed order.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const group_words = 8u; // vec4s of x in one group of 32
const lane_slots = 2u; // of one_lane
const held = 5u; // vec4s of x that a lane normalises

override outputs: u32;
override cols: u32;
override buffer_row: u32;
override first_column: u32;
override has_bias: bool;
override bias_offset: u32;
override epilogue: u32;
override lanes: u32;
override rows_per_lane: u32;
override workgroup_size: u32;
override steps: u32; // groups that a lane asks for at once, 1 to 5
override staged_groups: u32; // groups of x in workgroup memory: a multiple of lanes * steps, or all
override blocks: u32; // sets of rows that a workgroup goes through, one after the other
override has_norm: bool;
override norm_eps: f32;
override channels: u32 = 0u;
override key_column: u32 = 0u;
override width: u32 = 1u;
override capacity: u32 = 1u;

override groups = cols / 32u;
override vectors = cols / 4u;
override tile_groups = lanes * steps;
override tile_stride = staged_groups + 1u; // one more, so that writing column-wise meets no bank twice
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override outputs_per_lane = select(rows_per_lane, rows_per_lane / 2u, is_swiglu);
override slots = workgroup_size / lanes; // sets of rows ("slots") in a workgroup
override block_outputs = slots * outputs_per_lane;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> codes: array<vec4u>;
@group(0) @binding(2) var<storage, read> code_words: array<u32>; // the same codes, for one_lane
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<storage, read> norm: array<vec4f>;
@group(0) @binding(8) var<storage, read> taps: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> inputs: array<vec4f>;
@group(0) @binding(10) var<storage, read_write> keys: array<u32>;
@group(0) @binding(11) var<storage, read_write> values: array<u32>;

var<workgroup> staged: array<vec4f, group_words * tile_stride>;
var<workgroup> partial: array<vec4f, workgroup_size>;
var<workgroup> sixteen: array<vec2f, 16>;

// A code is masked where it stands, at bit 4 j, and put into the low bits of 2^23, which makes the float 2^23 + code * 16^j;
// less 2^23 + 8 * 16^j that is (code - 8) * 16^j, exactly. x is made as much smaller first. Converting from integers would
// do as well, but graphics cards convert at a quarter of the rate or less.
const masks = vec4u(0xfu, 0xf0u, 0xf00u, 0xf000u);
const lift = vec4u(0x4b000000u);
const lifted_zero = vec4f(8388616.0, 8388736.0, 8390656.0, 8421376.0);
const position_scale = vec4f(1.0, 0.0625, 0.00390625, 0.000244140625);

/// `before` and eight codes times eight x, already scaled by position.
fn word_dot(before: f32, word: u32, low: vec4f, high: vec4f) -> f32 {
  let a = bitcast<vec4f>((vec4u(word) & masks) | lift) - lifted_zero;
  let b = bitcast<vec4f>((vec4u(word >> 16u) & masks) | lift) - lifted_zero;
  let lower = fma(a.x, low.x, fma(a.y, low.y, fma(a.z, low.z, fma(a.w, low.w, before))));
  return fma(b.x, high.x, fma(b.y, high.y, fma(b.z, high.z, fma(b.w, high.w, lower))));
}

/// The same word of each row of the lane.
fn word_dots(before: vec4f, words: vec4u, low: vec4f, high: vec4f) -> vec4f {
  var dots = before;
  dots.x = word_dot(before.x, words.x, low, high);
  if rows_per_lane > 1u { dots.y = word_dot(before.y, words.y, low, high); }
  if rows_per_lane > 2u {
    dots.z = word_dot(before.z, words.z, low, high);
    dots.w = word_dot(before.w, words.w, low, high);
  }
  return dots;
}

/// A word of each row of the lane; rows that the lane does not have stay 0.
fn load_words(at: vec4u) -> vec4u {
  var words = vec4u(code_words[at.x], 0u, 0u, 0u);
  if rows_per_lane > 1u { words.y = code_words[at.y]; }
  if rows_per_lane > 2u { words.z = code_words[at.z]; words.w = code_words[at.w]; }
  return words;
}

/// The words that hold the scales of these groups.
fn load_scales(at: vec4u) -> vec4u {
  let word = at >> vec4u(1u);
  var loaded = vec4u(scales[word.x], 0u, 0u, 0u);
  if rows_per_lane > 1u { loaded.y = scales[word.y]; }
  if rows_per_lane > 2u { loaded.z = scales[word.z]; loaded.w = scales[word.w]; }
  return loaded;
}

fn scale_of(word: u32, at: u32) -> f32 {
  let pair = unpack2x16float(word);
  return select(pair.x, pair.y, (at & 1u) == 1u);
}

fn scales_of(words: vec4u, at: vec4u) -> vec4f {
  var scale = vec4f(scale_of(words.x, at.x), 0.0, 0.0, 0.0);
  if rows_per_lane > 1u { scale.y = scale_of(words.y, at.y); }
  if rows_per_lane > 2u { scale.z = scale_of(words.z, at.z); scale.w = scale_of(words.w, at.w); }
  return scale;
}

/// Where the rows of a slot begin, in groups. Past the end the last row is read again and its sum thrown away.
fn row_starts(slot: u32) -> vec4u {
  let r = vec4u(0u, 1u, 2u, 3u);
  let row = slot * outputs_per_lane + r % outputs_per_lane + outputs * (r / outputs_per_lane);
  return (buffer_row + min(row, vec4u(rows - 1u))) * groups;
}

fn silu(v: f32) -> f32 { return v / (1.0 + exp(min(-v, 80.0))); }

/// What an output's epilogue needs from memory.
struct Needs { bias: f32, partner_bias: f32, other: f32 }

fn needs_of(output: u32) -> Needs {
  var needs = Needs();
  if output >= outputs { return needs; }
  if has_bias { needs.bias = bias[bias_offset + output]; }
  if has_bias && is_swiglu { needs.partner_bias = bias[bias_offset + outputs + output]; }
  if epilogue == 1u { needs.other = out[first_column + output]; }
  if epilogue == 3u { needs.other = gate[first_column + output]; }
  return needs;
}

/// `partner` is the sum of the row `outputs` further on; only swiglu has one.
fn finish(output: u32, sum: f32, partner: f32, needs: Needs) {
  if output >= outputs { return; }
  var y = sum + needs.bias;
  switch epilogue {
    case 1u: { y += needs.other; }
    case 2u: { y = silu(y) * (partner + needs.partner_bias); }
    case 3u: { y = silu(y) * needs.other; }
    default: {}
  }
  out[first_column + output] = y;
}

fn finish_slot(slot: u32, sum: vec4f) {
  for (var r = 0u; r < outputs_per_lane; r++) {
    let output = slot * outputs_per_lane + r;
    finish(output, sum[r], sum[(r + outputs_per_lane) % 4u], needs_of(output));
  }
}

@compute @workgroup_size(workgroup_size)
fn one_lane(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let slot = lane_slots * ((workgroup.x + workgroup.y * grid.x) * workgroup_size + local);
  if slot * outputs_per_lane >= outputs { return; }
  let starts_a = row_starts(slot);
  let starts_b = row_starts(slot + 1u);
  var sum_a = vec4f();
  var sum_b = vec4f();
  for (var group = 0u; group < groups; group++) {
    var dots_a = vec4f();
    var dots_b = vec4f();
    for (var word = 0u; word < 4u; word++) {
      let at = group * group_words + 2u * word;
      let low = x[at] * position_scale;
      let high = x[at + 1u] * position_scale;
      dots_a = word_dots(dots_a, load_words((starts_a + group) * 4u + word), low, high);
      dots_b = word_dots(dots_b, load_words((starts_b + group) * 4u + word), low, high);
    }
    sum_a += scales_of(load_scales(starts_a + group), starts_a + group) * dots_a;
    sum_b += scales_of(load_scales(starts_b + group), starts_b + group) * dots_b;
  }
  finish_slot(slot, sum_a);
  finish_slot(slot + 1u, sum_b);
}

/// One group of each row of a lane, as it came from memory.
struct Loaded { a: vec4u, b: vec4u, c: vec4u, d: vec4u, scales: vec4u }

/// Past the last group the last one is read again; weigh() gives it no weight.
fn load(starts: vec4u, group: u32) -> Loaded {
  let at = starts + min(group, groups - 1u);
  var loaded = Loaded();
  loaded.a = codes[at.x];
  if rows_per_lane > 1u { loaded.b = codes[at.y]; }
  if rows_per_lane > 2u { loaded.c = codes[at.z]; loaded.d = codes[at.w]; }
  loaded.scales = load_scales(at);
  return loaded;
}

/// A loaded group times x, of which it is group `column` in workgroup memory.
fn weigh(loaded: Loaded, starts: vec4u, group: u32, column: u32) -> vec4f {
  if groups % tile_groups != 0u && group >= groups { return vec4f(); }
  var dots = vec4f();
  for (var word = 0u; word < 4u; word++) {
    let low = staged[2u * word * tile_stride + column];
    let high = staged[(2u * word + 1u) * tile_stride + column];
    dots = word_dots(dots, vec4u(loaded.a[word], loaded.b[word], loaded.c[word], loaded.d[word]), low, high);
  }
  return scales_of(loaded.scales, starts + group) * dots;
}

/// Where vec4 i of the staged x lies: vec4 j of every group in row j.
fn place(i: u32) -> u32 { return (i % group_words) * tile_stride + i / group_words; }

fn across(v: vec4f) -> f32 { return v.x + v.y + v.z + v.w; }

/// Copies x from group `base` on.
fn stage(base: u32, local: u32) {
  let end = min(staged_groups, groups - base) * group_words;
  for (var i = local; i < end; i += workgroup_size) {
    staged[place(i)] = x[base * group_words + i] * position_scale;
  }
}

/// Mean and 1 / deviation of x. `own` has the mean and the squared deviations from it of what this lane holds of x, and
/// how much that is. Deviations of means are taken from the first lane's mean, which is near enough for nothing to cancel.
/// Sixteen lanes add up what the others left, and everyone adds up the sixteen.
fn moments(local: u32, own: vec3f) -> vec2f {
  partial[local] = vec4f(own, 0.0);
  workgroupBarrier();
  let near = partial[0].x;
  if local < 16u {
    var sums = vec2f();
    for (var i = local; i < workgroup_size; i += 16u) {
      let part = partial[i];
      let away = part.x - near;
      sums += vec2f(part.z * away, part.y + part.z * away * away);
    }
    sixteen[local] = sums;
  }
  workgroupBarrier();
  var sums = vec2f();
  for (var i = 0u; i < 16u; i++) { sums += sixteen[i]; }
  sums /= f32(cols);
  return vec2f(near + sums.x, inverseSqrt(sums.y - sums.x * sums.x + norm_eps));
}

/// LayerNorm of all of x, of which a lane holds at most `held` vectors in registers.
fn stage_normed(local: u32) {
  var own = array<vec4f, held>();
  var weights = own;
  var offsets = own;
  var sum = vec4f();
  var count = 0.0;
  for (var k = 0u; k < held; k++) {
    let i = local + k * workgroup_size;
    if i < vectors {
      own[k] = x[i];
      weights[k] = norm[i];
      offsets[k] = norm[vectors + i];
      sum += own[k];
      count += 4.0;
    }
  }
  let own_mean = across(sum) / max(count, 1.0);
  var squares = vec4f();
  for (var k = 0u; k < held; k++) {
    if local + k * workgroup_size < vectors { squares += (own[k] - own_mean) * (own[k] - own_mean); }
  }
  let moment = moments(local, vec3f(own_mean, across(squares), count));
  for (var k = 0u; k < held; k++) {
    let i = local + k * workgroup_size;
    if i < vectors {
      staged[place(i)] = ((own[k] - moment.x) * moment.y * weights[k] + offsets[k]) * position_scale;
    }
  }
}

/// The next groups of a lane: steps of them are loaded.
struct Tile { a: Loaded, b: Loaded, c: Loaded, d: Loaded, e: Loaded }

fn load_tile(starts: vec4u, g: u32) -> Tile {
  var tile = Tile();
  tile.a = load(starts, g);
  if steps > 1u { tile.b = load(starts, g + lanes); }
  if steps > 2u { tile.c = load(starts, g + 2u * lanes); }
  if steps > 3u { tile.d = load(starts, g + 3u * lanes); }
  if steps > 4u { tile.e = load(starts, g + 4u * lanes); }
  return tile;
}

fn weigh_tile(tile: Tile, starts: vec4u, g: u32, column: u32) -> vec4f {
  var sum = weigh(tile.a, starts, g, column);
  if steps > 1u { sum += weigh(tile.b, starts, g + lanes, column + lanes); }
  if steps > 2u { sum += weigh(tile.c, starts, g + 2u * lanes, column + 2u * lanes); }
  if steps > 3u { sum += weigh(tile.d, starts, g + 3u * lanes, column + 3u * lanes); }
  if steps > 4u { sum += weigh(tile.e, starts, g + 4u * lanes, column + 4u * lanes); }
  return sum;
}

/// What a lane adds up of the rows that begin at `starts`. `tile` holds their first groups already; in the end it holds the
/// first groups of the rows that begin at `after`. `is_first`: x is not staged yet.
fn lane_sum(tile: ptr<function, Tile>, starts: vec4u, after: vec4u, lane: u32, local: u32, is_first: bool) -> vec4f {
  var sum = vec4f();
  for (var base = 0u; base < groups; base += tile_groups) {
    let within = base % staged_groups;
    if within == 0u && (is_first || staged_groups < groups) {
      workgroupBarrier();
      if has_norm { stage_normed(local); } else { stage(base, local); }
      workgroupBarrier();
    }
    let present = *tile;
    if base + tile_groups < groups {
      *tile = load_tile(starts, base + tile_groups + lane);
    } else if blocks > 1u {
      *tile = load_tile(after, lane);
    }
    sum += weigh_tile(present, starts, base + lane, within + lane);
  }
  return sum;
}

/// Leaves what each lane added up of a block of slots in `partial`.
fn meet(tile: ptr<function, Tile>, first_slot: u32, local: u32, is_first: bool) {
  let lane = local % lanes;
  let slot = first_slot + local / lanes;
  let sum = lane_sum(tile, row_starts(slot), row_starts(slot + slots), lane, local, is_first);
  partial[lane * slots + local / lanes] = sum;
  workgroupBarrier();
}

fn first_tile(first_slot: u32, local: u32) -> Tile {
  return load_tile(row_starts(first_slot + local / lanes), local % lanes);
}

/// The sum of row r of a slot over its lanes.
fn row_sum(slot: u32, r: u32) -> f32 {
  var sum = 0.0;
  for (var lane = 0u; lane < lanes; lane++) { sum += partial[lane * slots + slot][r]; }
  return sum;
}

/// The sum of output i of the block, i below block_outputs.
fn output_sum(i: u32) -> f32 { return row_sum(i / outputs_per_lane, i % outputs_per_lane); }

@compute @workgroup_size(workgroup_size)
fn linear(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_block = (workgroup.x + workgroup.y * grid.x) * blocks;
  var tile = first_tile(first_block * slots, local);
  for (var block = 0u; block < blocks; block++) {
    let first_slot = (first_block + block) * slots;
    let output = first_slot * outputs_per_lane + local;
    let is_mine = local < block_outputs;
    var needs = Needs();
    if is_mine { needs = needs_of(output); }
    meet(&tile, first_slot, local, block == 0u);
    if is_mine {
      var partner = 0.0;
      if is_swiglu { partner = row_sum(local / outputs_per_lane, local % outputs_per_lane + outputs_per_lane); }
      finish(output, output_sum(local), partner, needs);
    }
    if block + 1u < blocks { workgroupBarrier(); }
  }
}

@compute @workgroup_size(workgroup_size)
fn convolve(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = (workgroup.x + workgroup.y * grid.x) * slots;
  var tile = first_tile(first_slot, local);
  let output = first_slot * outputs_per_lane + local;
  let column = first_column + output;
  let is_mine = local < block_outputs && output < outputs;
  var tap = vec4f();
  var window = vec4f();
  var offset = 0.0;
  if is_mine && column < channels {
    tap = taps[column];
    window = inputs[column];
    offset = bias[column];
  }
  meet(&tile, first_slot, local, true);
  if !is_mine { return; }
  var y = output_sum(local);
  if column < channels {
    window = vec4f(window.yzw, y);
    if step.done == 0u { inputs[column] = window; }
    y = silu(dot(tap, window) + offset);
  }
  out[column] = y;
}

// What f16 cannot hold would pack to anything at all; its largest number is 65504.
fn packed(v: vec2f) -> u32 { return pack2x16float(clamp(v, vec2f(-65504.0), vec2f(65504.0))); }

@compute @workgroup_size(workgroup_size)
fn append(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = (workgroup.x + workgroup.y * grid.x) * slots;
  var tile = first_tile(first_slot, local);
  // Two outputs for each invocation: one word of f16.
  let first = 2u * local;
  let output = first_slot * outputs_per_lane + first;
  let column = first_column + output;
  let is_mine = first < block_outputs && output < outputs;
  var offset = vec2f();
  if is_mine && has_bias { offset = vec2f(bias[bias_offset + output], bias[bias_offset + output + 1u]); }
  meet(&tile, first_slot, local, true);
  if !is_mine { return; }
  let y = vec2f(output_sum(first), output_sum(first + 1u)) + offset;
  if column < key_column {
    out[column] = y.x;
    out[column + 1u] = y.y;
    return;
  }
  if step.done == 1u { return; }
  let cached = column - key_column;
  let slot = step.position % capacity;
  if cached < width {
    keys[(slot * width + cached) / 2u] = packed(y);
  } else {
    values[(slot * width + cached - width) / 2u] = packed(y);
  }
}
