// Multiplies and adds in registers, as fast as this device can in plain f32: the measure for arithmetic-bound kernels.
//
// out (invocations) f32. Each invocation runs `rounds` rounds of 8 independent vec4 multiply-adds, 64 operations a round,
// toward the fixed point of x = x · a + b, which keeps every value finite.

const workgroup_size = 256u;
override rounds: u32;

@group(0) @binding(0) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(workgroup_size)
fn fma_peak(@builtin(global_invocation_id) id: vec3u) {
  let a = 0.999;
  let b = 0.001;
  var x = vec4f(f32(id.x % 7u));
  var x0 = x;
  var x1 = x + 1.0;
  var x2 = x + 2.0;
  var x3 = x + 3.0;
  var x4 = x + 4.0;
  var x5 = x + 5.0;
  var x6 = x + 6.0;
  var x7 = x + 7.0;
  for (var round = 0u; round < rounds; round++) {
    x0 = x0 * a + b;
    x1 = x1 * a + b;
    x2 = x2 * a + b;
    x3 = x3 * a + b;
    x4 = x4 * a + b;
    x5 = x5 * a + b;
    x6 = x6 * a + b;
    x7 = x7 * a + b;
  }
  x = ((x0 + x1) + (x2 + x3)) + ((x4 + x5) + (x6 + x7));
  out[id.x] = x.x + x.y + x.z + x.w;
}
