// out = (x - mean) / sqrt(variance + eps) * weight + bias, row by row, over the first `step.tokens` rows.
//
// x, out (tokens, size); weight, bias (size). f32, four to a vector; variance is the biased one (divided by size).
//   grouped: one workgroup of `lanes` per row, which share the sums.
//   direct:  four lanes per row and no barrier, for software adapters. Each makes the sums by itself: there four lanes
//            that read one address take as long as one.
// The row is read three times (mean, variance, result): after the first it comes from the cache,
// and subtracting the mean before squaring keeps the digits that E[x²] − mean² would cancel.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

// Invocations of a workgroup of `grouped`; a multiple of 4.
override lanes: u32;
// A multiple of 4.
override size: u32;
override eps: f32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;

// One slot for each of the two sums, so that the second need not wait for readers of the first.
var<workgroup> partials: array<f32, 2 * lanes>;

const direct_lanes = 4u;

fn across(v: vec4f) -> f32 { return v.x + v.y + v.z + v.w; }

fn squared(centred: vec4f) -> vec4f { return centred * centred; }

// The result for the vectors of one of `count` lanes.
fn write_row(row: u32, lane: u32, count: u32, mean: f32, variance: f32) {
  let scale = inverseSqrt(variance + eps);
  for (var i = lane; i < size / 4u; i += count) {
    out[row + i] = (x[row + i] - mean) * scale * weight[i] + bias[i];
  }
}

// The sum of `values` over all lanes. Every lane adds up all partial sums itself: one barrier instead of a tree of them.
fn total(slot: u32, lane: u32, values: vec4f) -> f32 {
  let first = slot * lanes;
  partials[first + lane] = across(values);
  workgroupBarrier();
  var sums = vec4f();
  for (var i = first; i < first + lanes; i += 4u) {
    sums += vec4f(partials[i], partials[i + 1u], partials[i + 2u], partials[i + 3u]);
  }
  return across(sums);
}

@compute @workgroup_size(lanes)
fn grouped(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let token = group.x;
  if token >= step.tokens { return; }
  let vectors = size / 4u;
  let row = token * vectors;

  var sum = vec4f();
  for (var i = lane; i < vectors; i += lanes) { sum += x[row + i]; }
  let mean = total(0u, lane, sum) / f32(size);

  var squares = vec4f();
  for (var i = lane; i < vectors; i += lanes) { squares += squared(x[row + i] - mean); }
  write_row(row, lane, lanes, mean, total(1u, lane, squares) / f32(size));
}

@compute @workgroup_size(direct_lanes)
fn direct(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let token = group.x;
  if token >= step.tokens { return; }
  let vectors = size / 4u;
  let row = token * vectors;

  var sum = vec4f();
  for (var i = 0u; i < vectors; i++) { sum += x[row + i]; }
  let mean = across(sum) / f32(size);

  var squares = vec4f();
  for (var i = 0u; i < vectors; i++) { squares += squared(x[row + i] - mean); }
  write_row(row, lane, direct_lanes, mean, across(squares) / f32(size));
}
