// out = weight * x in the fixed point of gpu/fixed-point.ts, with the mean of each octet of x and its squared deviations from it.
// One invocation for each octet. x, weight (8 * octets) f32; out (7, octets) u32.

const workgroup_size = 64u;
override octets: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> fixed_out: array<u32>;

/// The exponent, as f32 has it, of a unit times 2^14.
fn exponent_of(peak: f32) -> u32 { return max(bitcast<u32>(peak * 1.004) >> 23u, 19u); }

/// A sixteenth of the unit: codes are multiplied where they stand, in the upper half of a byte.
fn unit_of(exponent: u32) -> f32 { return bitcast<f32>((exponent - 18u) << 23u); }

fn write_octet(octet: u32, first: vec4f, second: vec4f) {
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

fn across(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

@compute @workgroup_size(workgroup_size)
fn to_fixed(@builtin(global_invocation_id) id: vec3u) {
  let octet = id.x;
  if octet >= octets { return; }
  let first = x[2u * octet];
  let second = x[2u * octet + 1u];
  write_octet(octet, first * weight[2u * octet], second * weight[2u * octet + 1u]);
  let mean = across(first + second) / 8.0;
  let a = first - mean;
  let b = second - mean;
  fixed_out[5u * octets + octet] = bitcast<u32>(mean);
  fixed_out[6u * octets + octet] = bitcast<u32>(across(a * a + b * b));
}
