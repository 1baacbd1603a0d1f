// out = x * silu(gate), element by element, over the first `step.tokens` rows.
//
// x (tokens, size); gate (tokens, gate_stride), its columns from gate_offset on; out (tokens, size). f32.
// One invocation per element.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 256u;
override size: u32;
override gate_stride: u32;
override gate_offset: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn silu(v: f32) -> f32 {
  // exp of a large argument would be infinite, which WGSL may assume away; silu is 0 there to f32 accuracy.
  return v / (1.0 + exp(min(-v, 80.0)));
}

@compute @workgroup_size(workgroup_size)
fn silu_gate(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let token = id.y;
  if column >= size || token >= step.tokens { return; }
  let i = token * size + column;
  out[i] = x[i] * silu(gate[token * gate_stride + gate_offset + column]);
}
