// y = W x' (+ bias) for one row of x and W in 4 bits, by integer dot products, then an epilogue. x' is x, or its LayerNorm, in
// the fixed point of gpu/fixed-point.ts: the product of what both were rounded to is exact up to f32 sums over the groups.
//
//   linear        epilogue 0 store   out = y
//                          1 add     out += y
//                          2 swiglu  out = silu(y[0:F]) * y[F:2F], W (2F, cols), outputs = F
//                          3 gate    out = silu(y) * gate
//   linear_fixed  swiglu or gate, but out is fixed point again, for the next product
//   convolve      columns [0, channels): out = silu(bias + taps . (the last three inputs, y)), which joins the inputs;
//                 columns from channels on: out = y
//   append        columns [0, key_column): out = y; then the keys and the values of this position, in f16
//   add           out += y, of an x that is in fixed point already
//
// x (cols) f32 or, for `add`, fixed_x (5, cols / 32, 4); codes (rows, cols / 2) bytes, read 16 at a time: one group of 32
// weights; scales (rows, cols / 32) f16, two to a word; bias (rows), gate and out (at least first_column + outputs) f32, from
// first_column on; fixed_out (5, fixed_groups, 4); norm (2, cols) f32, weight and bias of the LayerNorm; taps, inputs
// (channels, 4) f32, oldest first; keys and values (capacity, width) f16, two to a word, position p in slot p % capacity.
//
// Memory answers late, so much is asked for at once, by as many invocations as fit rather than by long code: `lanes`
// invocations (a "slot") share rows_per_lane rows (1, 2 or 4) and take groups in turn; a lane asks for its next group before it
// works on this one. The rows of a slot travel as the components of a vec4. A workgroup goes through `blocks` sets of rows and asks for the next set
// before it works on this one. Partial sums meet in workgroup memory in a fixed order.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const most_held = 8u; // octets of x that an invocation can normalise
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
override blocks: u32;
override has_norm: bool;
override norm_eps: f32;
override fixed_groups: u32 = 1u;
override channels: u32 = 0u;
override key_column: u32 = 0u;
override width: u32 = 1u;
override capacity: u32 = 1u;

override groups = cols / 32u;
override octets = cols / 8u;
override workgroup_size = lanes * slots;
override held = (octets + workgroup_size - 1u) / workgroup_size;
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override outputs_per_lane = select(rows_per_lane, rows_per_lane / 2u, is_swiglu);
override block_outputs = slots * outputs_per_lane;
override workgroup_outputs = blocks * block_outputs;
override steps = (groups + lanes - 1u) / lanes; // groups of a row that a lane has

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> fixed_x: array<vec4u>;
@group(0) @binding(2) var<storage, read> codes: array<vec4u>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<storage, read_write> fixed_out: array<u32>;
@group(0) @binding(7) var<storage, read> norm: array<vec4f>;
@group(0) @binding(8) var<storage, read> taps: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> inputs: array<vec4f>;
@group(0) @binding(10) var<storage, read_write> keys: array<u32>;
@group(0) @binding(11) var<storage, read_write> values: array<u32>;

// By words, four to a group, for invocations write neighbours of each other, and writing a component may write the vector.
var<workgroup> even_high: array<u32, octets>;
var<workgroup> odd_high: array<u32, octets>;
var<workgroup> even_low: array<u32, octets>;
var<workgroup> odd_low: array<u32, octets>;
var<workgroup> peaks: array<f32, octets>;
var<workgroup> units: array<f32, groups>;
var<workgroup> partial: array<vec4f, workgroup_size>;
var<workgroup> eighths: array<vec4f, meeting * slots>;
var<workgroup> sixteen: array<vec2f, 16>;
var<workgroup> results: array<f32, workgroup_outputs>;

// ---- fixed point

/// Four even and four odd elements of a group.
struct Words { even_high: u32, odd_high: u32, even_low: u32, odd_low: u32 }

/// The exponent, as f32 has it, of a unit times 2^14.
fn exponent_of(peak: f32) -> u32 { return max(bitcast<u32>(peak * 1.004) >> 23u, 19u); }

/// A sixteenth of the unit: codes are multiplied where they stand, in the upper half of a byte.
fn unit_of(exponent: u32) -> f32 { return bitcast<f32>((exponent - 18u) << 23u); }

fn words_of(first: vec4f, second: vec4f, exponent: u32) -> Words {
  let per_unit = bitcast<f32>((268u - exponent) << 23u);
  let a = vec4i(round(first * per_unit));
  let b = vec4i(round(second * per_unit));
  let even = vec4i(a.xz, b.xz);
  let odd = vec4i(a.yw, b.yw);
  let half = vec4i(128);
  let byte = vec4u(8u);
  return Words(pack4xI8((even + half) >> byte), pack4xI8((odd + half) >> byte), pack4xI8(even), pack4xI8(odd));
}

fn write_words(groups: u32, group: u32, word: u32, words: Words, exponent: u32) {
  fixed_out[group * 4u + word] = words.even_high;
  fixed_out[(groups + group) * 4u + word] = words.odd_high;
  fixed_out[(2u * groups + group) * 4u + word] = words.even_low;
  fixed_out[(3u * groups + group) * 4u + word] = words.odd_low;
  if word == 0u { fixed_out[(4u * groups + group) * 4u] = bitcast<u32>(unit_of(exponent)); }
}

fn peak_of(first: vec4f, second: vec4f) -> f32 {
  let most = max(abs(first), abs(second));
  return max(max(most.x, most.y), max(most.z, most.w));
}

// ---- x into workgroup memory

fn across(v: vec4f) -> f32 { return v.x + v.y + v.z + v.w; }

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
  for (var i = 0u; i < min(16u, workgroup_size); i++) { sums += sixteen[i]; }
  sums /= f32(cols);
  return vec2f(near + sums.x, inverseSqrt(sums.y - sums.x * sums.x + norm_eps));
}

/// Leaves x, or its LayerNorm, in workgroup memory in fixed point. An octet, 8 elements, is a word of a group.
fn stage(local: u32) {
  var first: array<vec4f, most_held>;
  var second: array<vec4f, most_held>;
  for (var k = 0u; k < held; k++) {
    let octet = local + k * workgroup_size;
    if octet < octets {
      let at = 2u * octet;
      first[k] = x[at];
      second[k] = x[at + 1u];
    }
  }
  if has_norm {
    var sum = vec4f();
    var count = 0.0;
    for (var k = 0u; k < held; k++) {
      if local + k * workgroup_size < octets {
        sum += first[k] + second[k];
        count += 8.0;
      }
    }
    let own_mean = across(sum) / max(count, 1.0);
    var squares = vec4f();
    for (var k = 0u; k < held; k++) {
      if local + k * workgroup_size < octets {
        let a = first[k] - own_mean;
        let b = second[k] - own_mean;
        squares += a * a + b * b;
      }
    }
    let moment = moments(local, vec3f(own_mean, across(squares), count));
    for (var k = 0u; k < held; k++) {
      // Asked for no sooner: registers that wait for it would keep other workgroups out, which costs more.
      let octet = local + k * workgroup_size;
      if octet < octets {
        let at = 2u * octet;
        first[k] = (first[k] - moment.x) * moment.y * norm[at] + norm[2u * octets + at];
        second[k] = (second[k] - moment.x) * moment.y * norm[at + 1u] + norm[2u * octets + at + 1u];
      }
    }
  }
  for (var k = 0u; k < held; k++) {
    let octet = local + k * workgroup_size;
    if octet < octets { peaks[octet] = peak_of(first[k], second[k]); }
  }
  workgroupBarrier();
  for (var k = 0u; k < held; k++) {
    let octet = local + k * workgroup_size;
    if octet < octets {
      let four = octet - octet % 4u;
      let peak = max(max(peaks[four], peaks[four + 1u]), max(peaks[four + 2u], peaks[four + 3u]));
      let exponent = exponent_of(peak);
      let words = words_of(first[k], second[k], exponent);
      even_high[octet] = words.even_high;
      odd_high[octet] = words.odd_high;
      even_low[octet] = words.even_low;
      odd_low[octet] = words.odd_low;
      if octet == four { units[octet / 4u] = unit_of(exponent); }
    }
  }
  workgroupBarrier();
}

// ---- products

/// A group of x.
struct Group { even_high: vec4u, odd_high: vec4u, even_low: vec4u, odd_low: vec4u, unit: f32 }

/// Past the last group the last one is read again and weighs nothing.
fn staged_group(group: u32) -> Group {
  let last = min(group, groups - 1u);
  let at = 4u * last;
  return Group(
    vec4u(even_high[at], even_high[at + 1u], even_high[at + 2u], even_high[at + 3u]),
    vec4u(odd_high[at], odd_high[at + 1u], odd_high[at + 2u], odd_high[at + 3u]),
    vec4u(even_low[at], even_low[at + 1u], even_low[at + 2u], even_low[at + 3u]),
    vec4u(odd_low[at], odd_low[at + 1u], odd_low[at + 2u], odd_low[at + 3u]),
    select(0.0, units[last], group < groups),
  );
}

fn given_group(group: u32) -> Group {
  let at = min(group, groups - 1u);
  let unit = bitcast<f32>(fixed_x[4u * groups + at].x);
  return Group(
    fixed_x[at],
    fixed_x[groups + at],
    fixed_x[2u * groups + at],
    fixed_x[3u * groups + at],
    select(0.0, unit, group < groups),
  );
}

fn four_dots(a: vec4u, b: vec4u) -> i32 {
  return dot4I8Packed(a.x, b.x) + dot4I8Packed(a.y, b.y) + dot4I8Packed(a.z, b.z) + dot4I8Packed(a.w, b.w);
}

/// A code, 0 to 15, in the upper half of a byte, less 8, is a signed byte of sixteen times its value.
fn group_dot(group_codes: vec4u, x: Group) -> f32 {
  let upper = vec4u(0xf0f0f0f0u);
  let eight = vec4u(0x80808080u);
  let odd = (group_codes & upper) ^ eight;
  let even = ((group_codes << vec4u(4u)) & upper) ^ eight;
  let high = four_dots(even, x.even_high) + four_dots(odd, x.odd_high);
  let low = four_dots(even, x.even_low) + four_dots(odd, x.odd_low);
  return f32(256 * high + low) * x.unit;
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
  let at = starts + min(group, groups - 1u);
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

fn scale_of(word: u32, at: u32) -> f32 {
  let pair = unpack2x16float(word);
  return select(pair.x, pair.y, (at & 1u) == 1u);
}

fn weigh(loaded: Loaded, starts: vec4u, group: u32, x: Group) -> vec4f {
  let at = starts + min(group, groups - 1u);
  var sums = vec4f(group_dot(loaded.a, x) * scale_of(loaded.scales.x, at.x), 0.0, 0.0, 0.0);
  if rows_per_lane > 1u { sums.y = group_dot(loaded.b, x) * scale_of(loaded.scales.y, at.y); }
  if rows_per_lane > 2u {
    sums.z = group_dot(loaded.c, x) * scale_of(loaded.scales.z, at.z);
    sums.w = group_dot(loaded.d, x) * scale_of(loaded.scales.w, at.w);
  }
  return sums;
}

/// Adds up what the lanes of each slot have.
fn meet(sum: vec4f, local: u32) {
  partial[local] = sum;
  workgroupBarrier();
  for (var i = local; i < slots * meeting; i += workgroup_size) {
    let slot = i / meeting;
    var eighth = vec4f();
    for (var lane = i % meeting; lane < lanes; lane += meeting) { eighth += partial[slot * lanes + lane]; }
    eighths[i] = eighth;
  }
  workgroupBarrier();
}

/// The sum of row r of a slot.
fn row_sum(slot: u32, r: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < meeting; i++) { sum += eighths[slot * meeting + i][r]; }
  return sum;
}

/// The sum of output i of the block, i below block_outputs.
fn output_sum(i: u32) -> f32 { return row_sum(i / outputs_per_lane, i % outputs_per_lane); }

/// Where the rows of a lane begin that are next to be multiplied, and their first groups.
struct Work { starts: vec4u, loaded: Loaded }

fn begin(first_slot: u32, local: u32) -> Work {
  let starts = row_starts(first_slot + local / lanes);
  return Work(starts, load(starts, local % lanes));
}

/// The products of the block whose first slot this is with x as it is staged; unless it is the last, the next is asked for.
fn multiply_staged(work: ptr<function, Work>, slot: u32, is_last: bool, local: u32) {
  let lane = local % lanes;
  let starts = (*work).starts;
  let after = row_starts(slot + slots + local / lanes);
  var sum = vec4f();
  for (var k = 0u; k < steps; k++) {
    let group = lane + k * lanes;
    let present = (*work).loaded;
    if k + 1u < steps { (*work).loaded = load(starts, group + lanes); } else if !is_last { (*work).loaded = load(after, lane); }
    sum += weigh(present, starts, group, staged_group(group));
  }
  (*work).starts = after;
  meet(sum, local);
}

/// The same with x as it was given.
fn multiply_given(work: ptr<function, Work>, slot: u32, is_last: bool, local: u32) {
  let lane = local % lanes;
  let starts = (*work).starts;
  let after = row_starts(slot + slots + local / lanes);
  var sum = vec4f();
  for (var k = 0u; k < steps; k++) {
    let group = lane + k * lanes;
    let present = (*work).loaded;
    let given = given_group(group);
    if k + 1u < steps { (*work).loaded = load(starts, group + lanes); } else if !is_last { (*work).loaded = load(after, lane); }
    sum += weigh(present, starts, group, given);
  }
  (*work).starts = after;
  meet(sum, local);
}

// ---- epilogues

fn silu(v: f32) -> f32 { return v / (1.0 + exp(min(-v, 80.0))); }

fn first_slot_of(workgroup: vec3u, grid: vec3u) -> u32 { return (workgroup.x + workgroup.y * grid.x) * blocks * slots; }

/// What an output needs from memory besides its sum: asked for before the products are waited for.
struct Needs { bias: f32, partner_bias: f32, gate: f32 }

/// Past the end those of the last one.
fn needs_of(at: u32) -> Needs {
  let output = min(at, outputs - 1u);
  var needs = Needs();
  if has_bias { needs.bias = bias[bias_offset + output]; }
  if has_bias && is_swiglu { needs.partner_bias = bias[bias_offset + outputs + output]; }
  if epilogue == 3u { needs.gate = gate[first_column + output]; }
  return needs;
}

/// Output i of a block.
fn linear_output(i: u32, needs: Needs) -> f32 {
  let y = output_sum(i) + needs.bias;
  if is_swiglu {
    let partner = row_sum(i / outputs_per_lane, i % outputs_per_lane + outputs_per_lane) + needs.partner_bias;
    return silu(y) * partner;
  }
  if epilogue == 3u { return silu(y) * needs.gate; }
  return y;
}

// A workgroup has at least as many invocations as a block has outputs: the host sees to it.

@compute @workgroup_size(workgroup_size)
fn linear(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  var work = begin(first_slot, local);
  stage(local);
  for (var block = 0u; block < blocks; block++) {
    let slot = first_slot + block * slots;
    let output = slot * outputs_per_lane + local;
    let is_mine = local < block_outputs && output < outputs;
    var needs = Needs();
    var before = 0.0;
    if is_mine {
      needs = needs_of(output);
      if epilogue == 1u { before = out[first_column + output]; }
    }
    multiply_staged(&work, slot, block + 1u == blocks, local);
    if is_mine { out[first_column + output] = before + linear_output(local, needs); }
  }
}

@compute @workgroup_size(workgroup_size)
fn linear_fixed(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  var work = begin(first_slot, local);
  stage(local);
  let first_output = first_slot * outputs_per_lane;
  for (var block = 0u; block < blocks; block++) {
    let slot = first_slot + block * slots;
    let output = slot * outputs_per_lane + local;
    var needs = Needs();
    if local < block_outputs { needs = needs_of(output); }
    multiply_staged(&work, slot, block + 1u == blocks, local);
    if local < block_outputs { results[output - first_output] = linear_output(local, needs); }
  }
  workgroupBarrier();
  let octet = local;
  if octet >= workgroup_outputs / 8u || first_output + 8u * octet >= outputs { return; }
  let word = octet % 4u;
  let base = 8u * (octet - word);
  var peak = 0.0;
  for (var i = 0u; i < 32u; i++) { peak = max(peak, abs(results[base + i])); }
  let exponent = exponent_of(peak);
  let at = 8u * octet;
  let words = words_of(
    vec4f(results[at], results[at + 1u], results[at + 2u], results[at + 3u]),
    vec4f(results[at + 4u], results[at + 5u], results[at + 6u], results[at + 7u]),
    exponent,
  );
  write_words(fixed_groups, (first_column + first_output + base) / 32u, word, words, exponent);
}

@compute @workgroup_size(workgroup_size)
fn convolve(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  var work = begin(first_slot, local);
  stage(local);
  for (var block = 0u; block < blocks; block++) {
    let slot = first_slot + block * slots;
    let output = slot * outputs_per_lane + local;
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
    multiply_staged(&work, slot, block + 1u == blocks, local);
    if is_mine {
      var y = output_sum(local);
      if column < channels {
        window = vec4f(window.yzw, y);
        if step.done == 0u { inputs[column] = window; }
        y = silu(dot(tap, window) + offset);
      }
      out[column] = y;
    }
  }
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
  var work = begin(first_slot, local);
  stage(local);
  for (var block = 0u; block < blocks; block++) {
    let slot = first_slot + block * slots;
    let output = slot * outputs_per_lane + 2u * local;
    let is_mine = 2u * local < block_outputs && output < outputs;
    var offset = vec2f();
    if is_mine && has_bias { offset = vec2f(bias[bias_offset + output], bias[bias_offset + output + 1u]); }
    multiply_staged(&work, slot, block + 1u == blocks, local);
    if is_mine { append_pair(output, vec2f(output_sum(2u * local), output_sum(2u * local + 1u)) + offset); }
  }
}

@compute @workgroup_size(workgroup_size)
fn add(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = first_slot_of(workgroup, grid);
  var work = begin(first_slot, local);
  for (var block = 0u; block < blocks; block++) {
    let slot = first_slot + block * slots;
    let output = slot * outputs_per_lane + local;
    let is_mine = local < block_outputs && output < outputs;
    var before = 0.0;
    if is_mine {
      before = out[first_column + output];
      if has_bias { before += bias[bias_offset + output]; }
    }
    multiply_given(&work, slot, block + 1u == blocks, local);
    if is_mine { out[first_column + output] = before + output_sum(local); }
  }
}
