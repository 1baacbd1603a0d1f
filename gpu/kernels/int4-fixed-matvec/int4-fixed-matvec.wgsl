// y = W x' (+ bias) for one row of x and W in 4 bits, by integer dot products, then an epilogue. x comes in the fixed point of
// gpu/fixed-point.ts; the product of what it was rounded to is exact up to f32 sums over the groups. x' is x or, with a norm, the
// LayerNorm of r, of which x holds w r and the moments:
//
//   W LayerNorm(r) = W ((r - mean) / deviation * w + b) = (W (w r) - mean * W w) / deviation + W b
//
// so that only two numbers of the norm are needed here, and not before the end.
//
//   linear        epilogue 0 store   out = y
//                          1 add     out += y
//                          2 swiglu  out = silu(y[0:F]) * y[F:2F], W (2F, cols), outputs = F
//                          3 gate    out = silu(y) * gate
//   linear_fixed  swiglu or gate, but out is fixed point again, for the next product
//   add_fixed     out += y, and out times the weight of the next norm in fixed point, with the moments of out
//   convolve      columns [0, channels): out = silu(bias + taps . (the last three inputs, y)), which joins the inputs;
//                 columns from channels on: out = y
//   append        columns [0, key_column): out = y; then the keys and the values of this position, in f16
//
// x (5 or, with moments, 7, cols / 32, 4); codes (rows, cols / 2) bytes, read 16 at a time: one group of 32 weights; scales
// (rows, cols / 32) f16, two to a word; bias (rows), gate and out (at least first_column + outputs) f32, from first_column on;
// sums (2, sum_rows) f32: W w and W b for each row of the matrix; next_weight (columns of out) f32; fixed_out (5 or 7,
// fixed_octets); taps, inputs (channels, 4) f32, oldest first; keys and values (capacity, width) f16, two to a word, position p
// in slot p % capacity.
//
// Memory answers late, so much is asked for at once, by as many invocations as fit rather than by long code: `lanes`
// invocations (a "slot") share rows_per_lane rows (1, 2 or 4) and take groups in turn; a lane asks for the group after its
// next one before it works on this one. The rows of a slot travel as the components of a vec4. Partial sums meet in
// workgroup memory in a fixed order.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const meeting = 8u; // invocations that add up a slot

override outputs: u32;
override cols: u32;
override buffer_row: u32;
override first_column: u32;
override has_bias: bool;
override bias_offset: u32;
override epilogue: u32;
override lanes: u32;
override rows_per_lane: u32;
override slots: u32;
override has_norm: bool = false;
override norm_eps: f32 = 0.0;
override sum_rows: u32 = 1u;
override fixed_octets: u32 = 1u;
override channels: u32 = 0u;
override key_column: u32 = 0u;
override width: u32 = 1u;
override capacity: u32 = 1u;

override groups = cols / 32u;
override workgroup_size = lanes * slots;
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override outputs_per_lane = select(rows_per_lane, rows_per_lane / 2u, is_swiglu);
override workgroup_outputs = slots * outputs_per_lane;
override steps = (groups + lanes - 1u) / lanes; // groups of a row that a lane has
override is_ragged = groups % lanes != 0u; // some lanes have one less
override moment_parts = select(1u, groups, has_norm);
override moment_lanes = min(16u, moment_parts); // invocations that add them up

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> codes: array<vec4u>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<storage, read> sums: array<f32>;
@group(0) @binding(8) var<storage, read> next_weight: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> fixed_out: array<u32>;
@group(0) @binding(10) var<storage, read> taps: array<vec4f>;
@group(0) @binding(11) var<storage, read_write> inputs: array<vec4f>;
@group(0) @binding(12) var<storage, read_write> keys: array<u32>;
@group(0) @binding(13) var<storage, read_write> values: array<u32>;

var<workgroup> partial: array<vec4f, workgroup_size>;
var<workgroup> eighths: array<vec4f, meeting * slots>;
var<workgroup> moments: array<vec2f, moment_parts>;
var<workgroup> moment_sums: array<vec2f, moment_lanes>;
var<workgroup> results: array<f32, workgroup_outputs>;

// ---- fixed point

/// The exponent, as f32 has it, of a unit times 2^14.
fn exponent_of(peak: f32) -> u32 { return max(bitcast<u32>(peak * 1.004) >> 23u, 19u); }

/// A sixteenth of the unit: codes are multiplied where they stand, in the upper half of a byte.
fn unit_of(exponent: u32) -> f32 { return bitcast<f32>((exponent - 18u) << 23u); }

fn across(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

/// Eight values.
struct Octet { first: vec4f, second: vec4f }

fn result_octet(at: u32) -> Octet {
  return Octet(
    vec4f(results[at], results[at + 1u], results[at + 2u], results[at + 3u]),
    vec4f(results[at + 4u], results[at + 5u], results[at + 6u], results[at + 7u]),
  );
}

/// Row 0 to 4 of an octet in fixed point: an invocation for each, for this is all that is left to do and nobody else is at work.
fn fixed_row(row: u32, octet: Octet) -> u32 {
  let most = max(abs(octet.first), abs(octet.second));
  let exponent = exponent_of(max(max(most.x, most.y), max(most.z, most.w)));
  if row == 4u { return bitcast<u32>(unit_of(exponent)); }
  let even = vec4f(octet.first.xz, octet.second.xz);
  let odd = vec4f(octet.first.yw, octet.second.yw);
  let per_unit = bitcast<f32>((268u - exponent) << 23u);
  let whole = vec4i(round(select(even, odd, (row & 1u) == 1u) * per_unit));
  if row < 2u { return pack4xI8((whole + vec4i(128)) >> vec4u(8u)); }
  return pack4xI8(whole);
}

/// Row 5 or 6: the mean, or the squared deviations from it.
fn moment_row(row: u32, octet: Octet) -> u32 {
  let mean = across(octet.first + octet.second) / 8.0;
  let a = octet.first - mean;
  let b = octet.second - mean;
  return bitcast<u32>(select(mean, across(a * a + b * b), row == 6u));
}

// ---- products

/// A group of x: four octets.
struct Group { even_high: vec4u, odd_high: vec4u, even_low: vec4u, odd_low: vec4u, units: vec4f }

/// Past the last group the last one is read again and weighs nothing.
fn within(group: u32) -> u32 {
  if is_ragged { return min(group, groups - 1u); }
  return group;
}

fn group_of(group: u32) -> Group {
  let at = within(group);
  var units = bitcast<vec4f>(x[4u * groups + at]);
  if is_ragged && group >= groups { units = vec4f(); }
  return Group(x[at], x[groups + at], x[2u * groups + at], x[3u * groups + at], units);
}

fn octet_dot(even: u32, odd: u32, even_high: u32, odd_high: u32, even_low: u32, odd_low: u32) -> f32 {
  let high = dot4I8Packed(even, even_high) + dot4I8Packed(odd, odd_high);
  return f32(256 * high + dot4I8Packed(even, even_low) + dot4I8Packed(odd, odd_low));
}

/// A code, 0 to 15, in the upper half of a byte, less 8, is a signed byte of sixteen times its value.
fn group_dot(group_codes: vec4u, x: Group) -> f32 {
  let upper = vec4u(0xf0f0f0f0u);
  let eight = vec4u(0x80808080u);
  let odd = (group_codes & upper) ^ eight;
  let even = ((group_codes << vec4u(4u)) & upper) ^ eight;
  let octets = vec4f(
    octet_dot(even.x, odd.x, x.even_high.x, x.odd_high.x, x.even_low.x, x.odd_low.x),
    octet_dot(even.y, odd.y, x.even_high.y, x.odd_high.y, x.even_low.y, x.odd_low.y),
    octet_dot(even.z, odd.z, x.even_high.z, x.odd_high.z, x.even_low.z, x.odd_low.z),
    octet_dot(even.w, odd.w, x.even_high.w, x.odd_high.w, x.even_low.w, x.odd_low.w),
  );
  return dot(octets, x.units);
}

/// One group of each row of a slot, as it came from memory.
struct Loaded { a: vec4u, b: vec4u, c: vec4u, d: vec4u, scales: vec4u }

/// Where the rows of a slot begin, in groups. Past the end the last row is read again and its sum thrown away.
fn row_starts(slot: u32) -> vec4u {
  let r = vec4u(0u, 1u, 2u, 3u);
  let row = slot * outputs_per_lane + r % outputs_per_lane + outputs * (r / outputs_per_lane);
  return (buffer_row + min(row, vec4u(rows - 1u))) * groups;
}

fn load(starts: vec4u, group: u32) -> Loaded {
  let at = starts + within(group);
  let word = at >> vec4u(1u);
  var loaded = Loaded();
  loaded.a = codes[at.x];
  loaded.scales.x = scales[word.x];
  if rows_per_lane > 1u {
    loaded.b = codes[at.y];
    loaded.scales.y = scales[word.y];
  }
  if rows_per_lane > 2u {
    loaded.c = codes[at.z];
    loaded.d = codes[at.w];
    loaded.scales.z = scales[word.z];
    loaded.scales.w = scales[word.w];
  }
  return loaded;
}

/// The half of a word that belongs to a group.
fn scale_of(word: u32, at: u32) -> f32 { return unpack2x16float(word >> ((at & 1u) << 4u)).x; }

fn weigh(loaded: Loaded, starts: vec4u, group: u32, x: Group) -> vec4f {
  let at = starts + within(group);
  var sums = vec4f(group_dot(loaded.a, x) * scale_of(loaded.scales.x, at.x), 0.0, 0.0, 0.0);
  if rows_per_lane > 1u { sums.y = group_dot(loaded.b, x) * scale_of(loaded.scales.y, at.y); }
  if rows_per_lane > 2u {
    sums.z = group_dot(loaded.c, x) * scale_of(loaded.scales.z, at.z);
    sums.w = group_dot(loaded.d, x) * scale_of(loaded.scales.w, at.w);
  }
  return sums;
}

/// Leaves, for each group of x, the sum of r, and of its squares, both counted from the first octet's mean, which is near enough to
/// the mean of all for nothing to cancel.
fn keep_moments(local: u32) {
  if !has_norm { return; }
  let near = bitcast<vec4f>(x[5u * groups]).x;
  for (var group = local; group < groups; group += workgroup_size) {
    let away = bitcast<vec4f>(x[5u * groups + group]) - near;
    let squares = bitcast<vec4f>(x[6u * groups + group]);
    moments[group] = vec2f(8.0 * across(away), 8.0 * dot(away, away) + across(squares));
  }
}

/// A lane's share of the products of its slot's rows with x.
fn multiply(first_slot: u32, local: u32) -> vec4f {
  let lane = local % lanes;
  let starts = row_starts(first_slot + local / lanes);
  var next = load(starts, lane);
  var after = next;
  if steps > 1u { after = load(starts, lane + lanes); }
  // Sooner than the codes these are here, and then nothing holds them while the products go on.
  keep_moments(local);
  var sum = vec4f();
  for (var k = 0u; k < steps; k++) {
    let group = lane + k * lanes;
    let present = next;
    next = after;
    if k + 2u < steps { after = load(starts, group + 2u * lanes); }
    sum += weigh(present, starts, group, group_of(group));
  }
  return sum;
}

// ---- sums

/// Adds up what the lanes of each slot have, and the moments.
fn meet(sum: vec4f, local: u32) {
  partial[local] = sum;
  workgroupBarrier();
  for (var i = local; i < slots * meeting; i += workgroup_size) {
    let slot = i / meeting;
    var eighth = vec4f();
    for (var lane = i % meeting; lane < lanes; lane += meeting) { eighth += partial[slot * lanes + lane]; }
    eighths[i] = eighth;
  }
  // The last invocations, for the first ones are at work above.
  let from_end = workgroup_size - 1u - local;
  if has_norm && from_end < moment_lanes {
    var moment = vec2f();
    for (var i = from_end; i < moment_parts; i += moment_lanes) { moment += moments[i]; }
    moment_sums[from_end] = moment;
  }
  workgroupBarrier();
}

/// The sum of row r of a slot.
fn row_sum(slot: u32, r: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < meeting; i++) { sum += eighths[slot * meeting + i][r]; }
  return sum;
}

/// The sum of output i of the workgroup, i below workgroup_outputs.
fn output_sum(i: u32) -> f32 { return row_sum(i / outputs_per_lane, i % outputs_per_lane); }

/// The mean of r, and 1 / deviation.
fn norm_of() -> vec2f {
  if !has_norm { return vec2f(); }
  var sum = vec2f();
  for (var i = 0u; i < moment_lanes; i++) { sum += moment_sums[i]; }
  sum /= f32(cols);
  let near = bitcast<vec4f>(x[5u * groups]).x;
  return vec2f(near + sum.x, inverseSqrt(sum.y - sum.x * sum.x + norm_eps));
}

/// W w and W b of a row, asked for before the products are waited for.
fn sums_of(row: u32) -> vec2f {
  if !has_norm { return vec2f(); }
  return vec2f(sums[row], sums[sum_rows + row]);
}

fn normed(sum: f32, norm: vec2f, row_sums: vec2f) -> f32 {
  if !has_norm { return sum; }
  return (sum - norm.x * row_sums.x) * norm.y + row_sums.y;
}

// ---- epilogues

fn silu(v: f32) -> f32 { return v / (1.0 + exp(min(-v, 80.0))); }

fn first_slot_of(workgroup: vec3u, grid: vec3u) -> u32 { return (workgroup.x + workgroup.y * grid.x) * slots; }

/// What an output needs from memory besides its sum: asked for before the products are waited for.
struct Needs { bias: f32, partner_bias: f32, gate: f32, sums: vec2f, partner_sums: vec2f }

/// Past the end those of the last one.
fn needs_of(at: u32) -> Needs {
  let output = min(at, outputs - 1u);
  var needs = Needs();
  needs.sums = sums_of(first_column + output);
  if has_bias { needs.bias = bias[bias_offset + output]; }
  if is_swiglu {
    needs.partner_sums = sums_of(outputs + output);
    if has_bias { needs.partner_bias = bias[bias_offset + outputs + output]; }
  }
  if epilogue == 3u { needs.gate = gate[first_column + output]; }
  return needs;
}

/// Output i of the workgroup.
fn linear_output(i: u32, needs: Needs) -> f32 {
  let norm = norm_of();
  let y = normed(output_sum(i), norm, needs.sums) + needs.bias;
  if is_swiglu {
    let sum = row_sum(i / outputs_per_lane, i % outputs_per_lane + outputs_per_lane);
    return silu(y) * (normed(sum, norm, needs.partner_sums) + needs.partner_bias);
  }
  if epilogue == 3u { return silu(y) * needs.gate; }
  return y;
}

// A workgroup has at least as many invocations as outputs: the host sees to it.

@compute @workgroup_size(workgroup_size)
fn linear(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  let output = first_slot * outputs_per_lane + local;
  let is_mine = local < workgroup_outputs && output < outputs;
  var needs = Needs();
  var before = 0.0;
  if is_mine {
    needs = needs_of(output);
    if epilogue == 1u { before = out[first_column + output]; }
  }
  meet(multiply(first_slot, local), local);
  if is_mine { out[first_column + output] = before + linear_output(local, needs); }
}

/// Whole octets of outputs, here and in add_fixed.
@compute @workgroup_size(workgroup_size)
fn linear_fixed(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  let first_output = first_slot * outputs_per_lane;
  var needs = Needs();
  if local < workgroup_outputs { needs = needs_of(first_output + local); }
  meet(multiply(first_slot, local), local);
  if local < workgroup_outputs { results[local] = linear_output(local, needs); }
  workgroupBarrier();
  let row = local % 8u;
  if row > 4u || local >= workgroup_outputs || first_output + local >= outputs { return; }
  let at = (first_column + first_output) / 8u + local / 8u;
  fixed_out[row * fixed_octets + at] = fixed_row(row, result_octet(local - row));
}

@compute @workgroup_size(workgroup_size)
fn add_fixed(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  let first_output = first_slot * outputs_per_lane;
  let output = first_output + local;
  let is_mine = local < workgroup_outputs && output < outputs;
  let octet = (first_column + output) / 8u;
  var before = 0.0;
  var first_weight = vec4f();
  var second_weight = vec4f();
  if is_mine {
    before = out[first_column + output];
    if has_bias { before += bias[bias_offset + output]; }
    first_weight = next_weight[2u * octet];
    second_weight = next_weight[2u * octet + 1u];
  }
  meet(multiply(first_slot, local), local);
  if is_mine {
    let sum = before + output_sum(local);
    out[first_column + output] = sum;
    results[local] = sum;
  }
  workgroupBarrier();
  let row = local % 8u;
  if !is_mine || row > 6u { return; }
  let r = result_octet(local - row);
  if row > 4u {
    fixed_out[row * fixed_octets + octet] = moment_row(row, r);
  } else {
    fixed_out[row * fixed_octets + octet] = fixed_row(row, Octet(r.first * first_weight, r.second * second_weight));
  }
}

@compute @workgroup_size(workgroup_size)
fn convolve(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  let output = first_slot * outputs_per_lane + local;
  let column = first_column + output;
  let is_mine = local < workgroup_outputs && output < outputs;
  var tap = vec4f();
  var window = vec4f();
  var offset = 0.0;
  var row_sums = vec2f();
  if is_mine {
    row_sums = sums_of(column);
    if column < channels {
      tap = taps[column];
      window = inputs[column];
      offset = bias[column];
    }
  }
  meet(multiply(first_slot, local), local);
  if !is_mine { return; }
  var y = normed(output_sum(local), norm_of(), row_sums);
  if column < channels {
    window = vec4f(window.yzw, y);
    if step.done == 0u { inputs[column] = window; }
    y = silu(dot(tap, window) + offset);
  }
  out[column] = y;
}

// What f16 cannot hold would pack to anything at all; its largest number is 65504.
fn packed(v: vec2f) -> u32 { return pack2x16float(clamp(v, vec2f(-65504.0), vec2f(65504.0))); }

/// A pair of outputs: one word of f16.
fn append_pair(output: u32, y: vec2f) {
  let column = first_column + output;
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

@compute @workgroup_size(workgroup_size)
fn append(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  let pair = 2u * local;
  let output = first_slot * outputs_per_lane + pair;
  let is_mine = pair < workgroup_outputs && output < outputs;
  var offset = vec2f();
  var first_sums = vec2f();
  var second_sums = vec2f();
  if is_mine {
    first_sums = sums_of(first_column + output);
    second_sums = sums_of(first_column + output + 1u);
    if has_bias { offset = vec2f(bias[bias_offset + output], bias[bias_offset + output + 1u]); }
  }
  meet(multiply(first_slot, local), local);
  if !is_mine { return; }
  let norm = norm_of();
  let first = normed(output_sum(pair), norm, first_sums);
  let second = normed(output_sum(pair + 1u), norm, second_sums);
  append_pair(output, vec2f(first, second) + offset);
}
