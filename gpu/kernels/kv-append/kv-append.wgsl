// Rounds the key and value columns of the first `step.tokens` rows to f16 and stores them where their positions belong:
//
//   keys[(position + row) % capacity]   = f16(kv[row, key_offset   .. key_offset   + width])
//   values[(position + row) % capacity] = f16(kv[row, value_offset .. value_offset + width])
//
// kv (tokens, stride) f32; keys and values (capacity, width) f16, packed two to a word.
// One invocation per four columns of a row, for both caches. Offsets, stride and width are multiples of 4.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 64u;
override capacity: u32;
override width: u32;
override stride: u32;
override key_offset: u32;
override value_offset: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> kv: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> keys: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> values: array<vec2u>;

fn packed(v: vec4f) -> vec2u {
  // What f16 cannot hold would pack to anything at all; its largest number is 65504.
  let held = clamp(v, vec4f(-65504.0), vec4f(65504.0));
  return vec2u(pack2x16float(held.xy), pack2x16float(held.zw));
}

@compute @workgroup_size(workgroup_size)
fn kv_append(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x * 4u;
  let row = id.y;
  if column >= width || row >= step.tokens || step.done == 1u { return; }
  let slot = (step.position + row) % capacity;
  let to = (slot * width + column) / 4u;
  keys[to] = packed(kv[(row * stride + key_offset + column) / 4u]);
  values[to] = packed(kv[(row * stride + value_offset + column) / 4u]);
}
