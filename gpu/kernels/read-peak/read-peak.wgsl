// Reads a buffer once, as fast as this device can: the measure that memory-bound kernels are held against.
//
// data (words / 4) vec4<u32>; sums (invocations) u32: the xor of all words that an invocation read, so that no read can
// be left out. Invocation i reads vectors i, i + stride, i + 2 · stride, …: neighbours read neighbours.

const workgroup_size = 256u;
override vector_count: u32;
override stride: u32;

@group(0) @binding(0) var<storage, read> data: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;

@compute @workgroup_size(workgroup_size)
fn read_peak(@builtin(global_invocation_id) id: vec3u) {
  var sum = vec4u(0u);
  for (var i = id.x; i < vector_count; i += stride) {
    sum ^= data[i];
  }
  sums[id.x] = sum.x ^ sum.y ^ sum.z ^ sum.w;
}
