// The selective scan of Mamba-1 over the first `step.tokens` rows, each channel by itself, going on from `state`:
//
//   Δ = softplus(delta)    A = −exp(a_log)    h ← exp(Δ A) h + Δ u B    y = C·h + D u
//
// scan_gated writes y * silu(z) over u; scan_memory writes y to memory.
//
// u, delta, memory (tokens, inner_size); projected (tokens, delta_rank + 2 * 16) = [δ | B | C]; xz (tokens, 2 * inner_size),
// z being its right half; a_log, state (inner_size, 16); d (inner_size). f32. delta already includes dt_proj's bias.
//
// One invocation per channel, its 16 states in registers from the first token to the last. A mat4x4f is 16 numbers, one
// for each state. B and C of a token are the same for all channels: reads of one address by a whole workgroup, which
// caches serve as well as workgroup memory would, without its barriers. Inputs are read one token ahead of their use, so
// that the wait for memory passes under the arithmetic of the token before.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 64u;
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
@group(0) @binding(7) var<storage, read> xz: array<f32>;
@group(0) @binding(8) var<storage, read_write> memory: array<f32>;

struct Inputs { u: f32, delta: f32, b: mat4x4f, c: mat4x4f }

fn read_inputs(token: u32, channel: u32) -> Inputs {
  let i = token * inner_size + channel;
  let b = token * (delta_vectors + 8u) + delta_vectors;
  let c = b + 4u;
  return Inputs(
    u[i],
    delta[i],
    mat4x4f(projected[b], projected[b + 1u], projected[b + 2u], projected[b + 3u]),
    mat4x4f(projected[c], projected[c + 1u], projected[c + 2u], projected[c + 3u]),
  );
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

// One token of one channel: updates its states h and returns C·h.
fn advance(h: ptr<function, mat4x4f>, rates: mat4x4f, inputs: Inputs) -> f32 {
  let dt = softplus(inputs.delta);
  let drive = dt * inputs.u;
  let exponents = dt * rates;
  let b = inputs.b;
  let c = inputs.c;
  let h0 = exp2(exponents[0]) * (*h)[0] + drive * b[0];
  let h1 = exp2(exponents[1]) * (*h)[1] + drive * b[1];
  let h2 = exp2(exponents[2]) * (*h)[2] + drive * b[2];
  let h3 = exp2(exponents[3]) * (*h)[3] + drive * b[3];
  *h = mat4x4f(h0, h1, h2, h3);
  let products = c[0] * h0 + c[1] * h1 + c[2] * h2 + c[3] * h3;
  return products.x + products.y + products.z + products.w;
}

@compute @workgroup_size(workgroup_size)
fn scan_gated(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  if channel >= inner_size || step.tokens == 0u { return; }
  let rates = decay_rates(channel);
  let skip = d[channel];
  var h = state[channel];
  var next = read_inputs(0u, channel);
  for (var token = 0u; token < step.tokens; token++) {
    let inputs = next;
    next = read_inputs(min(token + 1u, step.tokens - 1u), channel);
    let z = xz[(2u * token + 1u) * inner_size + channel];
    let y = advance(&h, rates, inputs) + skip * inputs.u;
    u[token * inner_size + channel] = y * silu(z);
  }
  if step.done == 0u { state[channel] = h; }
}

@compute @workgroup_size(workgroup_size)
fn scan_memory(@builtin(global_invocation_id) id: vec3u) {
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
