// One token of Mamba-1's selective scan with dt_proj in front of it:
//
//   delta = W δ + bias    Δ = softplus(delta)    A = −exp(a_log)    h ← exp(Δ A) h + Δ u B    y = C·h + D u
//
// gated writes y * silu(z) to out, gated_fixed the same in the fixed point of gpu/fixed-point.ts; memory writes y, and
// memory_fixed y and what gated_fixed writes.
//
// xz (2 * inner_size) = [u | z], u after convolution and SiLU; projected (delta_rank + 2 * 16) = [δ | B | C]; W (inner_size,
// delta_rank) f16, four columns to a vec2u; a_log, state (inner_size, 16); bias, d, out (inner_size). f32 but for W.
//
// One token is little work, so its time is how often it waits for memory: once. Four lanes share a channel; each asks for
// its four states, its quarter of the row of W and whatever else it will need before it uses the first of them. Lanes meet
// in workgroup memory twice, for delta and for y.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const lanes = 4u;
const channels = 32u; // of a workgroup
const workgroup_size = lanes * channels;
const log2_e = 1.4426950408889634;
override inner_size: u32;
// Columns of W by fours: as many vectors are in front of B in `projected`.
override delta_vectors: u32;
override buffer_row: u32;
override batch = 10u * lanes; // vectors of a row that its lanes ask for at once; at the published size all of them
override batched = delta_vectors - delta_vectors % batch;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> xz: array<f32>;
@group(0) @binding(2) var<storage, read> projected: array<vec4f>;
@group(0) @binding(3) var<storage, read> weights: array<vec2u>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> a_log: array<vec4f>;
@group(0) @binding(6) var<storage, read> d: array<f32>;
@group(0) @binding(7) var<storage, read_write> state: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> out: array<f32>;
@group(0) @binding(9) var<storage, read_write> fixed_out: array<u32>; // (5, inner_size / 32, 4)

var<workgroup> partial_delta: array<f32, workgroup_size>;
var<workgroup> partial_y: array<f32, workgroup_size>;
var<workgroup> gated_y: array<f32, channels>;

/// Half of one lane's share of a batch.
struct Weights { a: vec2u, b: vec2u, c: vec2u, d: vec2u, e: vec2u }
struct Projected { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f }

fn read_weights(at: u32) -> Weights {
  return Weights(
    weights[at],
    weights[at + lanes],
    weights[at + 2u * lanes],
    weights[at + 3u * lanes],
    weights[at + 4u * lanes],
  );
}

fn read_projected(at: u32) -> Projected {
  return Projected(
    projected[at],
    projected[at + lanes],
    projected[at + 2u * lanes],
    projected[at + 3u * lanes],
    projected[at + 4u * lanes],
  );
}

fn vector_dot(w: vec2u, v: vec4f) -> f32 { return dot(vec4f(unpack2x16float(w.x), unpack2x16float(w.y)), v); }

fn batch_dot(w: Weights, v: Projected) -> f32 {
  let ab = vector_dot(w.a, v.a) + vector_dot(w.b, v.b);
  let cd = vector_dot(w.c, v.c) + vector_dot(w.d, v.d);
  return ab + cd + vector_dot(w.e, v.e);
}

/// A lane's share of W δ for a channel: vectors lane, lane + 4, … of its row.
fn delta_share(channel: u32, lane: u32) -> f32 {
  let start = (buffer_row + channel) * delta_vectors;
  var sum = 0.0;
  for (var base = 0u; base < batched; base += batch) {
    let at = base + lane;
    let near = read_weights(start + at);
    let far = read_weights(start + at + 5u * lanes);
    let near_projected = read_projected(at);
    let far_projected = read_projected(at + 5u * lanes);
    sum += batch_dot(near, near_projected) + batch_dot(far, far_projected);
  }
  for (var at = batched + lane; at < delta_vectors; at += lanes) {
    sum += vector_dot(weights[start + at], projected[at]);
  }
  return sum;
}

// log(1 + e^v). With e = exp(-|v|) in (0, 1] the logarithm is 2 artanh(s), s = e / (2 + e) at most 1/3, whose series to
// s^13 is exact to f32 over the whole range: log(1 + e) would lose small e, and may be off by 2^-21 anyway.
fn softplus(v: f32) -> f32 {
  let e = exp(-abs(v));
  let s = e / (2.0 + e);
  let q = s * s;
  let series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0)))));
  return max(v, 0.0) + 2.0 * s * series;
}

fn silu(v: f32) -> f32 {
  // exp of a large argument would be infinite, which WGSL may assume away; silu is 0 there to f32 accuracy.
  return v / (1.0 + exp(min(-v, 80.0)));
}

/// Advances the four states of a lane and returns y of its channel, the same to all four lanes. Every invocation of a
/// workgroup has to call it: channels past the end read the last one's operands and write nothing.
fn scan(channel: u32, local: u32) -> f32 {
  let lane = local % lanes;
  let first = local - lane;
  let read = min(channel, inner_size - 1u);
  let i = read * 4u + lane;
  var h = state[i];
  let a = a_log[i];
  let b = projected[delta_vectors + lane];
  let c = projected[delta_vectors + 4u + lane];
  let u = xz[read];
  let skip = d[read];
  let shift = bias[read];
  partial_delta[local] = delta_share(read, lane);
  workgroupBarrier();

  let low = partial_delta[first] + partial_delta[first + 1u];
  let high = partial_delta[first + 2u] + partial_delta[first + 3u];
  let dt = softplus(shift + (low + high));
  h = exp2(dt * (exp(a) * -log2_e)) * h + dt * u * b;
  if channel < inner_size && step.done == 0u { state[i] = h; }
  partial_y[local] = dot(c, h);
  workgroupBarrier();

  let y_low = partial_y[first] + partial_y[first + 1u];
  let y_high = partial_y[first + 2u] + partial_y[first + 3u];
  return (y_low + y_high) + skip * u;
}

@compute @workgroup_size(workgroup_size)
fn gated(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let channel = workgroup.x * channels + local / lanes;
  let z = xz[inner_size + min(channel, inner_size - 1u)];
  let y = scan(channel, local);
  if local % lanes == 0u && channel < inner_size { out[channel] = y * silu(z); }
}

// ---- fixed point, as in gpu/fixed-point.ts

/// The exponent, as f32 has it, of a unit times 2^14.
fn exponent_of(peak: f32) -> u32 { return max(bitcast<u32>(peak * 1.004) >> 23u, 19u); }

/// A sixteenth of the unit: codes are multiplied where they stand, in the upper half of a byte.
fn unit_of(exponent: u32) -> f32 { return bitcast<f32>((exponent - 18u) << 23u); }

fn write_octet(octets: u32, octet: u32, first: vec4f, second: vec4f) {
  let most = max(abs(first), abs(second));
  let exponent = exponent_of(max(max(most.x, most.y), max(most.z, most.w)));
  let per_unit = bitcast<f32>((268u - exponent) << 23u);
  let a = vec4i(round(first * per_unit));
  let b = vec4i(round(second * per_unit));
  let even = vec4i(a.xz, b.xz);
  let odd = vec4i(a.yw, b.yw);
  let half = vec4i(128);
  let byte = vec4u(8u);
  fixed_out[octet] = pack4xI8((even + half) >> byte);
  fixed_out[octets + octet] = pack4xI8((odd + half) >> byte);
  fixed_out[2u * octets + octet] = pack4xI8(even);
  fixed_out[3u * octets + octet] = pack4xI8(odd);
  fixed_out[4u * octets + octet] = bitcast<u32>(unit_of(exponent));
}

/// Gates y of each channel. A workgroup's channels are four octets.
fn gate_fixed(workgroup: u32, local: u32, y: f32, z: f32) {
  if local % lanes == 0u { gated_y[local / lanes] = y * silu(z); }
  workgroupBarrier();
  if local >= channels / 8u { return; }
  let at = 8u * local;
  write_octet(
    inner_size / 8u,
    workgroup * channels / 8u + local,
    vec4f(gated_y[at], gated_y[at + 1u], gated_y[at + 2u], gated_y[at + 3u]),
    vec4f(gated_y[at + 4u], gated_y[at + 5u], gated_y[at + 6u], gated_y[at + 7u]),
  );
}

@compute @workgroup_size(workgroup_size)
fn gated_fixed(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let channel = workgroup.x * channels + local / lanes;
  let z = xz[inner_size + min(channel, inner_size - 1u)];
  gate_fixed(workgroup.x, local, scan(channel, local), z);
}

@compute @workgroup_size(workgroup_size)
fn memory(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let channel = workgroup.x * channels + local / lanes;
  let y = scan(channel, local);
  if local % lanes == 0u && channel < inner_size { out[channel] = y; }
}

@compute @workgroup_size(workgroup_size)
fn memory_fixed(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let channel = workgroup.x * channels + local / lanes;
  let z = xz[inner_size + min(channel, inner_size - 1u)];
  let y = scan(channel, local);
  if local % lanes == 0u && channel < inner_size { out[channel] = y; }
  gate_fixed(workgroup.x, local, y, z);
}
