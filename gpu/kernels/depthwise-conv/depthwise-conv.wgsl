// out[t] = silu(bias + sum over k of weight[k] * x[t - 3 + k]), each channel by itself, over the first `step.tokens` rows.
// Inputs before the first row come from `state`, which afterwards holds the last four inputs.
//
// x (tokens, x_stride), its columns [0, inner_size); weight, state (inner_size, 4), oldest first; bias (inner_size);
// out (tokens, inner_size). f32.
// One invocation per channel and tile of tokens, the window of four inputs in registers. Only the first tile touches the
// state: it alone needs the old one, and the new one is a copy of inputs, so no tile waits for another.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 64u;
const conv_width = 4u;
// At least conv_width, so that the state reaches no further than the first tile.
const tile = 16u;
override inner_size: u32;
override x_stride: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> state: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

fn silu(v: f32) -> f32 {
  // exp of a large argument would be infinite, which WGSL may assume away; silu is 0 there to f32 accuracy.
  return v / (1.0 + exp(min(-v, 80.0)));
}

// The four inputs before `token`: rows of x, and where those do not reach, the state from before this run.
fn inputs_before(token: u32, channel: u32, old: vec4f) -> vec4f {
  var window: vec4f;
  for (var k = 0u; k < conv_width; k++) {
    let i = token + k;
    if i < conv_width {
      window[k] = old[i];
    } else {
      window[k] = x[(i - conv_width) * x_stride + channel];
    }
  }
  return window;
}

@compute @workgroup_size(workgroup_size)
fn depthwise_conv(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  let first = id.y * tile;
  if channel >= inner_size || first >= step.tokens { return; }

  var old: vec4f;
  if first == 0u { old = state[channel]; }
  var window = inputs_before(first, channel, old);
  let taps = weight[channel];
  let offset = bias[channel];
  for (var token = first; token < min(first + tile, step.tokens); token++) {
    window = vec4f(window.yzw, x[token * x_stride + channel]);
    out[token * inner_size + channel] = silu(dot(taps, window) + offset);
  }

  if first == 0u && step.done == 0u { state[channel] = inputs_before(step.tokens, channel, old); }
}
