// out = rows[step.tokens - 1]: after a prompt chunk only the last token goes on to the cross-decoder.
//
// rows (tokens, size); out (1, size). f32. One invocation per column.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 256u;
override size: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(workgroup_size)
fn take_last(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  if column >= size || step.tokens == 0u { return; }
  out[column] = rows[(step.tokens - 1u) * size + column];
}
