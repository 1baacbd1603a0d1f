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
// A lane works on rows_per_lane rows at once, so that what it read of x serves all of them; for swiglu half of them are
// the partners of the other half.
//   many_lanes: `lanes` neighbours share 1 or 2 rows of cols % 8 = 0, in vectors of eight columns. One row of a layer is
//               little to read, so a lane asks for five vectors of each row before it multiplies the first. Partial sums
//               meet in workgroup memory in a fixed order.
//   one_lane:   1, 2 or 4 rows, word by word, without a barrier, for odd widths and for software adapters, where a
//               barrier costs more than the arithmetic between two.

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
override vectors = cols / 8u;
override batch = 5u * lanes; // vectors of a row that its lanes ask for at once
override batched = vectors - vectors % batch;
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override outputs_per_lane = select(rows_per_lane, rows_per_lane / 2u, is_swiglu);
override slots = workgroup_size / lanes; // sets of rows in a workgroup
override heads = max(lanes / 8u, 1u); // lanes of a slot that add up eight partial sums each

@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
// The same two, eight columns at a time.
@group(0) @binding(1) var<storage, read> x_vectors: array<mat2x4f>;
@group(0) @binding(2) var<storage, read> weight_vectors: array<vec4u>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

var<workgroup> partial: array<vec2f, workgroup_size>;

/// The rows of a slot, as the buffer counts them. Past the end the last one is read again and its sum thrown away.
fn buffer_rows(slot: u32) -> vec4u {
  let r = vec4u(0u, 1u, 2u, 3u);
  let row = slot * outputs_per_lane + r % outputs_per_lane + outputs * (r / outputs_per_lane);
  return buffer_row + min(row, vec4u(rows - 1u));
}

fn silu(v: f32) -> f32 { return v / (1.0 + exp(min(-v, 80.0))); }

/// What the epilogue of one output needs besides the sums. `other` is the residual of add, or the gate.
struct Operands { bias: f32, partner_bias: f32, other: f32 }

fn read_operands(output: u32) -> Operands {
  var operands: Operands;
  if has_bias {
    operands.bias = bias[bias_offset + output];
    if is_swiglu { operands.partner_bias = bias[bias_offset + outputs + output]; }
  }
  if epilogue == 1u { operands.other = out[first_column + output]; }
  if epilogue == 3u { operands.other = gate[first_column + output]; }
  return operands;
}

/// `partner` is the sum of the row `outputs` further on; only swiglu has one.
fn finish(output: u32, operands: Operands, sum: f32, partner: f32) {
  var y = sum + operands.bias;
  switch epilogue {
    case 1u: { y += operands.other; }
    case 2u: { y = silu(y) * (partner + operands.partner_bias); }
    case 3u: { y = silu(y) * operands.other; }
    default: {}
  }
  out[first_column + output] = y;
}

fn word_dot(at: u32, activations: vec2f) -> f32 { return dot(unpack2x16float(weights[at]), activations); }

/// The sums of rows that begin at the words `starts`.
fn row_sums(starts: vec4u) -> vec4f {
  var sums = vec4f();
  for (var word = 0u; word < words; word++) {
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

@compute @workgroup_size(workgroup_size)
fn one_lane(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let slot = (workgroup.x + workgroup.y * grid.x) * workgroup_size + local;
  let first = slot * outputs_per_lane;
  if first >= outputs { return; }
  let sums = row_sums(buffer_rows(slot) * words);
  for (var r = 0u; r < outputs_per_lane; r++) {
    let output = first + r;
    if output >= outputs { return; }
    finish(output, read_operands(output), sums[r], sums[(r + outputs_per_lane) % 4u]);
  }
}

/// One lane's share of a batch of a row, and of x.
struct Weights { a: vec4u, b: vec4u, c: vec4u, d: vec4u, e: vec4u }
struct Activations { a: mat2x4f, b: mat2x4f, c: mat2x4f, d: mat2x4f, e: mat2x4f }

fn read_weights(at: u32) -> Weights {
  return Weights(
    weight_vectors[at],
    weight_vectors[at + lanes],
    weight_vectors[at + 2u * lanes],
    weight_vectors[at + 3u * lanes],
    weight_vectors[at + 4u * lanes],
  );
}

fn read_activations(at: u32) -> Activations {
  return Activations(
    x_vectors[at],
    x_vectors[at + lanes],
    x_vectors[at + 2u * lanes],
    x_vectors[at + 3u * lanes],
    x_vectors[at + 4u * lanes],
  );
}

fn vector_dot(w: vec4u, v: mat2x4f) -> f32 {
  let low = vec4f(unpack2x16float(w.x), unpack2x16float(w.y));
  let high = vec4f(unpack2x16float(w.z), unpack2x16float(w.w));
  return dot(low, v[0]) + dot(high, v[1]);
}

fn batch_dot(w: Weights, v: Activations) -> f32 {
  let ab = vector_dot(w.a, v.a) + vector_dot(w.b, v.b);
  let cd = vector_dot(w.c, v.c) + vector_dot(w.d, v.d);
  return ab + cd + vector_dot(w.e, v.e);
}

/// Vectors lane, lane + lanes, … of rows that begin at the vectors `starts`.
fn lane_sums(starts: vec2u, lane: u32) -> vec2f {
  var sums = vec2f();
  // The bounds are the same for all lanes and known when the pipeline is made.
  for (var base = 0u; base < batched; base += batch) {
    let at = base + lane;
    let first = read_weights(starts.x + at);
    var second = first;
    if rows_per_lane > 1u { second = read_weights(starts.y + at); }
    let activations = read_activations(at);
    sums.x += batch_dot(first, activations);
    if rows_per_lane > 1u { sums.y += batch_dot(second, activations); }
  }
  for (var at = batched + lane; at < vectors; at += lanes) {
    let activations = x_vectors[at];
    sums.x += vector_dot(weight_vectors[starts.x + at], activations);
    if rows_per_lane > 1u { sums.y += vector_dot(weight_vectors[starts.y + at], activations); }
  }
  return sums;
}

/// partial[first] + partial[first + stride] + …
fn partial_sum(first: u32, stride: u32, count: u32) -> vec2f {
  var sum = partial[first];
  for (var i = 1u; i < count; i++) { sum += partial[first + i * stride]; }
  return sum;
}

@compute @workgroup_size(workgroup_size)
fn many_lanes(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first_slot = (workgroup.x + workgroup.y * grid.x) * slots;
  let lane = local % lanes;
  // The first invocations finish an output each; they ask now for what they will need then.
  let output = first_slot * outputs_per_lane + local;
  let finishes = local < slots * outputs_per_lane && output < outputs;
  var operands: Operands;
  if finishes { operands = read_operands(output); }

  partial[local] = lane_sums(buffer_rows(first_slot + local / lanes).xy * vectors, lane);
  workgroupBarrier();
  if lane < heads { partial[local] = partial_sum(local, heads, lanes / heads); }
  workgroupBarrier();
  if finishes {
    let sums = partial_sum(local / outputs_per_lane * lanes, 1u, heads);
    finish(output, operands, sums[local % outputs_per_lane], sums.y);
  }
}
