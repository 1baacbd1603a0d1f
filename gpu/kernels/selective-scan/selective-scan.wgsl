// The selective scan of Mamba-1 over the first `step.tokens` rows, each channel by itself, going on from `state`:
//
//   Δ = softplus(delta)    A = −exp(a_log)    h ← exp(Δ A) h + Δ u B    y = C·h + D u
//
// gated_… writes y * silu(z) over u; memory_… writes y to memory.
//
// u, delta, memory (tokens, inner_size); projected (tokens, delta_rank + 2 * 16) = [δ | B | C]; xz (tokens, 2 * inner_size),
// z being its right half; a_log, state (inner_size, 16); d (inner_size). f32. delta already includes dt_proj's bias.
//
// A mat4x4f is 16 numbers, one for each state, in registers from a lane's first token to its last.
//
//   serial: a lane per channel, through all rows in turn. At the published size 5,120 lanes, and 256 rows one after the
//           other. B and C of a token are the same for all channels: reads of one address by a whole workgroup, which
//           caches serve as well as workgroup memory would, without its barriers. Inputs are read one token ahead of
//           their use, so that the wait for memory passes under the arithmetic of the token before.
//   blocks: for graphics cards, which that leaves mostly idle. The rows are cut in 16 blocks, and a workgroup has the
//           16 lanes of each of 8 channels; 81,920 lanes at the published size, 620 for each of 132 cores. A lane
//             scans its block from zeros, which leaves a state L, and adds up Δ: all that the block does to a state
//             that it meets is h ← exp(A ΣΔ) h + L;
//             then serves one state of its channel, which it takes through the 16 blocks;
//             scans its block again, from the state that comes into it, and writes y.
//           256 rows are 16 + 16 of them one after the other, and 16 steps of one number between: 48 for 256.
//
// Bytes of 256 rows at the published size: u, delta and z read, y written, 21.0 MB (15.7 without z); a_log and the state
// twice 1.0 MB; B and C 33 KB, for each workgroup again from caches. blocks reads u, delta and B twice, 10.5 MB more, of
// which a workgroup's part is 16 KB and comes from a cache. exp2, which cards do a quarter or an eighth as often as
// products: 16 a row and channel, 21 million; twice that in blocks. So where few lanes fill a device, serial is less work.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 64u; // of serial
const blocks = 16u; // as many as states, so that the lanes of a channel are either
const block_channels = 8u; // of a workgroup: 32 bytes of a row, the least that memory moves
const block_lanes = blocks * block_channels;
// Numbers between two blocks: 8 more than there are, so that lanes of four blocks meet no bank twice.
const block_stride = 16u * block_channels + 8u;
const log2_e = 1.4426950408889634;
override inner_size: u32;
// Vectors of four in front of B in a row of `projected`.
override delta_vectors: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read_write> u: array<f32>;
@group(0) @binding(2) var<storage, read> delta: array<f32>;
@group(0) @binding(3) var<storage, read> projected: array<vec4f>;
@group(0) @binding(4) var<storage, read> a_log: array<mat4x4f>;
@group(0) @binding(5) var<storage, read> d: array<f32>;
@group(0) @binding(6) var<storage, read_write> state: array<mat4x4f>;
@group(0) @binding(6) var<storage, read_write> state_numbers: array<f32>; // the same for blocks, whose lanes write one each
@group(0) @binding(7) var<storage, read> xz: array<f32>;
@group(0) @binding(8) var<storage, read_write> memory: array<f32>;

var<workgroup> carried: array<f32, blocks * block_stride>; // [block][state][channel]: what leaves, then what enters a block
var<workgroup> elapsed: array<f32, block_lanes>; // [block][channel]: ΣΔ

struct Inputs { u: f32, delta: f32, b: mat4x4f, c: mat4x4f }

fn read_inputs(token: u32, channel: u32) -> Inputs {
  let i = token * inner_size + channel;
  let b = token * (delta_vectors + 8u) + delta_vectors;
  return Inputs(u[i], delta[i], read_vectors(b), read_vectors(b + 4u));
}

/// B, or C, of a token.
fn read_vectors(at: u32) -> mat4x4f {
  return mat4x4f(projected[at], projected[at + 1u], projected[at + 2u], projected[at + 3u]);
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

// A * log2(e), so that exp(Δ A) is exp2(Δ * rate).
fn decay_rates(channel: u32) -> mat4x4f {
  let a = a_log[channel];
  return mat4x4f(exp(a[0]), exp(a[1]), exp(a[2]), exp(a[3])) * -log2_e;
}

/// h ← exp(Δ A) h + Δ u B.
fn absorb(h: ptr<function, mat4x4f>, rates: mat4x4f, dt: f32, drive: f32, b: mat4x4f) {
  let exponents = dt * rates;
  *h = mat4x4f(
    exp2(exponents[0]) * (*h)[0] + drive * b[0],
    exp2(exponents[1]) * (*h)[1] + drive * b[1],
    exp2(exponents[2]) * (*h)[2] + drive * b[2],
    exp2(exponents[3]) * (*h)[3] + drive * b[3],
  );
}

/// One token of one channel: updates its states h and returns C·h.
fn advance(h: ptr<function, mat4x4f>, rates: mat4x4f, inputs: Inputs) -> f32 {
  let dt = softplus(inputs.delta);
  absorb(h, rates, dt, dt * inputs.u, inputs.b);
  let c = inputs.c;
  let products = c[0] * (*h)[0] + c[1] * (*h)[1] + c[2] * (*h)[2] + c[3] * (*h)[3];
  return products.x + products.y + products.z + products.w;
}

fn z_of(token: u32, channel: u32) -> f32 { return xz[(2u * token + 1u) * inner_size + channel]; }

// ---- serial

@compute @workgroup_size(workgroup_size)
fn gated_serial(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  if channel >= inner_size || step.tokens == 0u { return; }
  let rates = decay_rates(channel);
  let skip = d[channel];
  var h = state[channel];
  var next = read_inputs(0u, channel);
  for (var token = 0u; token < step.tokens; token++) {
    let inputs = next;
    next = read_inputs(min(token + 1u, step.tokens - 1u), channel);
    let z = z_of(token, channel);
    let y = advance(&h, rates, inputs) + skip * inputs.u;
    u[token * inner_size + channel] = y * silu(z);
  }
  if step.done == 0u { state[channel] = h; }
}

@compute @workgroup_size(workgroup_size)
fn memory_serial(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  if channel >= inner_size || step.tokens == 0u { return; }
  let rates = decay_rates(channel);
  let skip = d[channel];
  var h = state[channel];
  var next = read_inputs(0u, channel);
  for (var token = 0u; token < step.tokens; token++) {
    let inputs = next;
    next = read_inputs(min(token + 1u, step.tokens - 1u), channel);
    memory[token * inner_size + channel] = advance(&h, rates, inputs) + skip * inputs.u;
  }
  if step.done == 0u { state[channel] = h; }
}

// ---- blocks

/// A lane's share of the work: rows [begin, end) of a channel. Lanes past the last channel have no rows.
struct Share { channel: u32, begin: u32, end: u32 }

fn share_of(workgroup: u32, local: u32) -> Share {
  let channel = workgroup * block_channels + local % block_channels;
  let rows = select(0u, rows_per_block(), channel < inner_size);
  let begin = min(local / block_channels * rows, step.tokens);
  return Share(min(channel, inner_size - 1u), begin, min(begin + rows, step.tokens));
}

fn rows_per_block() -> u32 { return (step.tokens + blocks - 1u) / blocks; }

/// What a lane's block makes of zeros goes to `carried`, its ΣΔ to `elapsed`.
fn scan_from_zeros(share: Share, rates: mat4x4f, local: u32) {
  var h = mat4x4f();
  var sum = 0.0;
  for (var token = share.begin; token < share.end; token++) {
    let i = token * inner_size + share.channel;
    let dt = softplus(delta[i]);
    absorb(&h, rates, dt, dt * u[i], read_vectors(token * (delta_vectors + 8u) + delta_vectors));
    sum += dt;
  }
  elapsed[local] = sum;
  let at = first_carried(local);
  carry_four(at, h[0]);
  carry_four(at + 4u * block_channels, h[1]);
  carry_four(at + 8u * block_channels, h[2]);
  carry_four(at + 12u * block_channels, h[3]);
}

fn first_carried(local: u32) -> u32 { return local / block_channels * block_stride + local % block_channels; }

fn carry_four(at: u32, h: vec4f) {
  carried[at] = h.x;
  carried[at + block_channels] = h.y;
  carried[at + 2u * block_channels] = h.z;
  carried[at + 3u * block_channels] = h.w;
}

fn carried_four(at: u32) -> vec4f {
  return vec4f(
    carried[at],
    carried[at + block_channels],
    carried[at + 2u * block_channels],
    carried[at + 3u * block_channels],
  );
}

/// Takes one state through the blocks, and puts what comes into a block where what it makes of zeros was.
fn carry(channel: u32, local: u32) {
  let n = local / block_channels;
  let i = channel * 16u + n;
  let rate = exp(a_log[channel][n / 4u][n % 4u]) * -log2_e;
  let rows = rows_per_block();
  let filled = (step.tokens + rows - 1u) / rows;
  var h = state_numbers[i];
  for (var block = 0u; block < filled; block++) {
    let at = block * block_stride + local;
    let decay = exp2(rate * elapsed[block * block_channels + local % block_channels]);
    let made = carried[at];
    carried[at] = h;
    h = decay * h + made;
  }
  if step.done == 0u { state_numbers[i] = h; }
}

/// The state that comes into a lane's block. Every lane of a workgroup has to call it.
fn state_before(share: Share, rates: mat4x4f, workgroup: u32, local: u32) -> mat4x4f {
  scan_from_zeros(share, rates, local);
  workgroupBarrier();
  if workgroup * block_channels + local % block_channels < inner_size { carry(share.channel, local); }
  workgroupBarrier();
  let at = first_carried(local);
  return mat4x4f(
    carried_four(at),
    carried_four(at + 4u * block_channels),
    carried_four(at + 8u * block_channels),
    carried_four(at + 12u * block_channels),
  );
}

@compute @workgroup_size(block_lanes)
fn gated_blocks(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  if step.tokens == 0u { return; }
  let share = share_of(workgroup.x, local);
  let rates = decay_rates(share.channel);
  let skip = d[share.channel];
  var h = state_before(share, rates, workgroup.x, local);
  for (var token = share.begin; token < share.end; token++) {
    let inputs = read_inputs(token, share.channel);
    let z = z_of(token, share.channel);
    let y = advance(&h, rates, inputs) + skip * inputs.u;
    u[token * inner_size + share.channel] = y * silu(z);
  }
}

@compute @workgroup_size(block_lanes)
fn memory_blocks(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  if step.tokens == 0u { return; }
  let share = share_of(workgroup.x, local);
  let rates = decay_rates(share.channel);
  let skip = d[share.channel];
  var h = state_before(share, rates, workgroup.x, local);
  for (var token = share.begin; token < share.end; token++) {
    let inputs = read_inputs(token, share.channel);
    memory[token * inner_size + share.channel] = advance(&h, rates, inputs) + skip * inputs.u;
  }
}
