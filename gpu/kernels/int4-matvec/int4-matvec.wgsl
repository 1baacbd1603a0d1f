// y = W x (+ bias) for one row of x and W in 4 bits, then an epilogue, in f32 throughout. Layout of W: gpu/int4.ts. For
// software adapters: there is no barrier, for one costs more there than the arithmetic between two. Graphics cards multiply by
// int4-fixed-matvec.
//
//   epilogue 0 store   out = y
//            1 add     out += y
//            2 swiglu  out = silu(y[0:F]) * y[F:2F], W (2F, cols), outputs = F
//            3 gate    out = silu(y) * gate
//
// x (cols) f32; codes (rows, cols / 2) bytes; scales (rows, cols / 32) f16, two to a word; bias (rows), gate and out (at least
// first_column + outputs) f32, from first_column on.
//
// A lane has two slots of rows_per_lane (1, 2 or 4) rows each, so that what it read of x serves all of them: a load costs as
// much as a dozen operations. For swiglu half of the rows are the partners of the other half. The rows of a slot travel as the
// components of a vec4.

const group_words = 8u; // vec4s of x in one group of 32
const lane_slots = 2u;

override outputs: u32;
override cols: u32;
override buffer_row: u32;
override first_column: u32;
override has_bias: bool;
override bias_offset: u32;
override epilogue: u32;
override rows_per_lane: u32;
override workgroup_size: u32;

override groups = cols / 32u;
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override outputs_per_lane = select(rows_per_lane, rows_per_lane / 2u, is_swiglu);

@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> code_words: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

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
fn matvec(
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
