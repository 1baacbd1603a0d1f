// y = W x (+ bias) for one row of x and W in f16, then an epilogue.
//
//   epilogue 0 store   out = y
//            1 add     out += y
//            2 swiglu  out = silu(y[0:F]) * y[F:2F], W (2F, cols), outputs = F
//            3 gate    out = silu(y) * gate
//
// x (cols) f32; weights (rows, cols) f16, two to a word; bias (rows), gate and out (at least first_column + outputs)
// f32, from first_column on.
//
// A lane works on rows_per_lane (1, 2 or 4) rows at once, so that what it read of x serves all of them; for swiglu half
// of them are the partners of the other half. The rows of a lane travel as the components of a vec4. Neighbouring lanes
// take neighbouring words, of W and of x, so both are read contiguously.
//   many_lanes: `lanes` neighbours share the rows; partial sums meet in workgroup memory in a fixed order.
//   one_lane:   no barrier at all, for software adapters, where a barrier costs more than the arithmetic between two.

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

override words = cols / 2u;
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override outputs_per_lane = select(rows_per_lane, rows_per_lane / 2u, is_swiglu);
override slots = workgroup_size / lanes; // sets of rows in a workgroup

@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

var<workgroup> partial: array<vec4f, workgroup_size>;

fn word_dot(at: u32, activations: vec2f) -> f32 { return dot(unpack2x16float(weights[at]), activations); }

/// Words lane, lane + stride, … of each row of a slot, whose rows begin at `starts`.
fn lane_sums(starts: vec4u, lane: u32, stride: u32) -> vec4f {
  var sums = vec4f();
  for (var word = lane; word < words; word += stride) {
    let activations = x[word];
    sums.x += word_dot(starts.x + word, activations);
    if rows_per_lane > 1u { sums.y += word_dot(starts.y + word, activations); }
    if rows_per_lane > 2u {
      sums.z += word_dot(starts.z + word, activations);
      sums.w += word_dot(starts.w + word, activations);
    }
  }
  return sums;
}

/// Where the rows of a slot begin, in words. Past the end the last row is read again and its sum thrown away.
fn row_starts(slot: u32) -> vec4u {
  let r = vec4u(0u, 1u, 2u, 3u);
  let row = slot * outputs_per_lane + r % outputs_per_lane + outputs * (r / outputs_per_lane);
  return (buffer_row + min(row, vec4u(rows - 1u))) * words;
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

@compute @workgroup_size(workgroup_size)
fn one_lane(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let slot = (workgroup.x + workgroup.y * grid.x) * workgroup_size + local;
  let first = slot * outputs_per_lane;
  if first >= outputs { return; }
  let sums = lane_sums(row_starts(slot), 0u, 1u);
  for (var r = 0u; r < outputs_per_lane; r++) {
    finish(first + r, sums[r], sums[(r + outputs_per_lane) % 4u]);
  }
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
  partial[lane * slots + slot] = lane_sums(row_starts(first_slot + slot), lane, lanes);
  workgroupBarrier();
  for (var i = local; i < slots * outputs_per_lane; i += workgroup_size) {
    let owner = i / outputs_per_lane;
    let r = i % outputs_per_lane;
    var partner = 0.0;
    if is_swiglu { partner = total(owner, r + outputs_per_lane); }
    finish(first_slot * outputs_per_lane + i, total(owner, r), partner);
  }
}
