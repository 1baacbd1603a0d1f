// y = W x (+ bias) for one row of x and W in 4 bits, then an epilogue. Layout of W: gpu/int4.ts.
//
//   epilogue 0 store   out = y
//            1 add     out += y
//            2 swiglu  out = silu(y[0:F]) * y[F:2F], W (2F, cols), outputs = F
//            3 gate    out = silu(y) * gate
//
// x (cols) f32; codes (rows, cols / 2) bytes, read 16 at a time: one group of 32 weights; scales (rows, cols / 32) f16,
// two to a word; bias (rows), gate and out (at least first_column + outputs) f32, from first_column on.
//
// A lane works on rows_per_lane (1, 2 or 4) rows at once, so that what it read of x serves all of them; for swiglu half
// of them are the partners of the other half. The rows of a lane travel as the components of a vec4.
//   many_lanes: `lanes` neighbours share the rows and take groups in turn, so they read W contiguously. x is staged
//               in workgroup memory in an order without bank conflicts; partial sums meet there in a fixed order.
//   one_lane:   no barrier at all, for software adapters, where a barrier costs more than the arithmetic between two, and
//               a load as much as a dozen operations: a lane has two slots, so that x is read half as often.

const group_words = 8u; // vec4s of x in one group of 32
const lane_slots = 2u; // of one_lane
const tile_groups = 64u; // groups of x staged at a time
const tile_stride = tile_groups + 1u; // one more, so that writing column-wise meets no bank twice

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

override groups = cols / 32u;
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override outputs_per_lane = select(rows_per_lane, rows_per_lane / 2u, is_swiglu);
override slots = workgroup_size / lanes; // sets of rows ("slots") in a workgroup

@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> codes: array<vec4u>;
@group(0) @binding(2) var<storage, read> code_words: array<u32>; // the same codes, for one_lane
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

var<workgroup> staged: array<vec4f, group_words * tile_stride>;
var<workgroup> partial: array<vec4f, workgroup_size>;

// Codes are masked where they stand and converted without a shift, hence 16^j times too large; x is made as much
// smaller first. The eighth code of a word stands on the sign bit: with that bit flipped it converts to (code - 8) by
// itself. The other seven owe 8 for every x, which zero_point() sums once for all rows.
const position_scale = vec4f(1.0, 0.0625, 0.00390625, 0.000244140625);
const high_position_scale = position_scale / 65536.0;
const zero_low = 8.0 / position_scale;
const zero_high = vec4f(zero_low.xyz * 65536.0, 0.0);

/// Eight codes times eight x, already scaled by position.
fn word_dot(word: u32, low: vec4f, high: vec4f) -> f32 {
  let low_codes = vec4f(vec4i(vec4u(word) & vec4u(0xfu, 0xf0u, 0xf00u, 0xf000u)));
  let high_codes = vec4f(vec4i(vec4u(word ^ 0x80000000u) & vec4u(0xf0000u, 0xf00000u, 0xf000000u, 0xf0000000u)));
  return dot(low_codes, low) + dot(high_codes, high);
}

/// The same word of each row of the lane.
fn word_dots(words: vec4u, low: vec4f, high: vec4f) -> vec4f {
  var dots = vec4f(word_dot(words.x, low, high), 0.0, 0.0, 0.0);
  if rows_per_lane > 1u { dots.y = word_dot(words.y, low, high); }
  if rows_per_lane > 2u { dots.z = word_dot(words.z, low, high); dots.w = word_dot(words.w, low, high); }
  return dots;
}

fn zero_point(low_sum: vec4f, high_sum: vec4f) -> f32 {
  return dot(low_sum, zero_low) + dot(high_sum, zero_high);
}

/// One group of each row of the lane; rows that the lane does not have stay 0.
struct Codes { a: vec4u, b: vec4u, c: vec4u, d: vec4u }

fn load_codes(at: vec4u) -> Codes {
  var loaded = Codes(codes[at.x], vec4u(), vec4u(), vec4u());
  if rows_per_lane > 1u { loaded.b = codes[at.y]; }
  if rows_per_lane > 2u { loaded.c = codes[at.z]; loaded.d = codes[at.w]; }
  return loaded;
}

/// The same for a word of each row.
fn load_words(at: vec4u) -> vec4u {
  var words = vec4u(code_words[at.x], 0u, 0u, 0u);
  if rows_per_lane > 1u { words.y = code_words[at.y]; }
  if rows_per_lane > 2u { words.z = code_words[at.z]; words.w = code_words[at.w]; }
  return words;
}

fn load_scale(at: u32) -> f32 {
  let pair = unpack2x16float(scales[at >> 1u]);
  return select(pair.x, pair.y, (at & 1u) == 1u);
}

fn load_scales(at: vec4u) -> vec4f {
  var loaded = vec4f(load_scale(at.x), 0.0, 0.0, 0.0);
  if rows_per_lane > 1u { loaded.y = load_scale(at.y); }
  if rows_per_lane > 2u { loaded.z = load_scale(at.z); loaded.w = load_scale(at.w); }
  return loaded;
}

/// Where the rows of a slot begin, in groups. Past the end the last row is read again and its sum thrown away.
fn row_starts(slot: u32) -> vec4u {
  let r = vec4u(0u, 1u, 2u, 3u);
  let row = slot * outputs_per_lane + r % outputs_per_lane + outputs * (r / outputs_per_lane);
  return (buffer_row + min(row, vec4u(rows - 1u))) * groups;
}

fn silu(v: f32) -> f32 { return v / (1.0 + exp(min(-v, 80.0))); }

/// `partner` is the sum of the row `outputs` further on; only swiglu has one.
fn finish(output: u32, sum: f32, partner: f32) {
  if output >= outputs { return; }
  let column = first_column + output;
  var y = sum;
  if has_bias { y += bias[bias_offset + output]; }
  switch epilogue {
    case 1u: { y += out[column]; }
    case 2u: {
      var up = partner;
      if has_bias { up += bias[bias_offset + outputs + output]; }
      y = silu(y) * up;
    }
    case 3u: { y = silu(y) * gate[column]; }
    default: {}
  }
  out[column] = y;
}

fn finish_slot(slot: u32, sum: vec4f) {
  for (var r = 0u; r < outputs_per_lane; r++) {
    finish(slot * outputs_per_lane + r, sum[r], sum[(r + outputs_per_lane) % 4u]);
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
    var zero = 0.0;
    for (var word = 0u; word < 4u; word++) {
      let at = group * group_words + 2u * word;
      let low = x[at] * position_scale;
      let high = x[at + 1u] * high_position_scale;
      zero += zero_point(low, high);
      dots_a += word_dots(load_words((starts_a + group) * 4u + word), low, high);
      dots_b += word_dots(load_words((starts_b + group) * 4u + word), low, high);
    }
    sum_a += load_scales(starts_a + group) * (dots_a - zero);
    sum_b += load_scales(starts_b + group) * (dots_b - zero);
  }
  finish_slot(slot, sum_a);
  finish_slot(slot + 1u, sum_b);
}

/// Copies x from group `base` on, vec4 j of a group to row j of the tile.
fn stage(base: u32, local: u32) {
  let end = min(tile_groups, groups - base) * group_words;
  for (var i = local; i < end; i += workgroup_size) {
    let scale = select(position_scale, high_position_scale, i % 2u == 1u);
    staged[(i % group_words) * tile_stride + i / group_words] = x[base * group_words + i] * scale;
  }
}

/// One group of each row of the lane times x, without the scales.
fn group_dots(loaded: Codes, column: u32) -> vec4f {
  var dots = vec4f();
  var low_sum = vec4f();
  var high_sum = vec4f();
  for (var word = 0u; word < 4u; word++) {
    let low = staged[2u * word * tile_stride + column];
    let high = staged[(2u * word + 1u) * tile_stride + column];
    low_sum += low;
    high_sum += high;
    dots += word_dots(vec4u(loaded.a[word], loaded.b[word], loaded.c[word], loaded.d[word]), low, high);
  }
  return dots - zero_point(low_sum, high_sum);
}

/// The sum of row r of a slot over its lanes.
fn total(slot: u32, r: u32) -> f32 {
  var sum = 0.0;
  for (var lane = 0u; lane < lanes; lane++) { sum += partial[lane * slots + slot][r]; }
  return sum;
}

@compute @workgroup_size(workgroup_size)
fn many_lanes(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % lanes;
  let slot = local / lanes;
  let first_slot = (workgroup.x + workgroup.y * grid.x) * slots;
  let starts = row_starts(first_slot + slot);
  var sum = vec4f();
  for (var base = 0u; base < groups; base += tile_groups) {
    workgroupBarrier();
    stage(base, local);
    workgroupBarrier();
    let end = min(tile_groups, groups - base);
    for (var column = lane; column < end; column += lanes) {
      let at = starts + base + column;
      sum += load_scales(at) * group_dots(load_codes(at), column);
    }
  }
  partial[lane * slots + slot] = sum;
  workgroupBarrier();
  for (var i = local; i < slots * outputs_per_lane; i += workgroup_size) {
    let owner = i / outputs_per_lane;
    let r = i % outputs_per_lane;
    var partner = 0.0;
    if is_swiglu { partner = total(owner, r + outputs_per_lane); }
    finish(first_slot * outputs_per_lane + i, total(owner, r), partner);
  }
}
