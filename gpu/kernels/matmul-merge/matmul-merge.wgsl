// Y = the sum of `splits` partial products (+ bias) for the first step.tokens rows, then an epilogue as in int4-matmul:
//
//   epilogue 0 store   out = Y
//            1 add     out += Y
//            2 swiglu  out = silu(Y[:, 0:F]) * Y[:, F:2F], rows = 2F, outputs = F
//            3 gate    out = silu(Y) * gate
//
// partials (tokens, splits, rows); bias (rows), from bias_offset on; gate (tokens, outputs); out (tokens, out_stride). f32.
// The partials are added in their order, whatever the device, so that a prompt read again gives the same numbers.
//
// An invocation makes one number of out. Neighbours read neighbours.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 64u;

override outputs: u32;
override rows: u32;
override splits: u32;
override out_stride: u32;
override has_bias: bool;
override bias_offset: u32;
override epilogue: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

fn silu(v: f32) -> f32 { return v / (1.0 + exp(min(-v, 80.0))); }

fn sum_of(token: u32, row: u32) -> f32 {
  var sum = 0.0;
  for (var split = 0u; split < splits; split++) { sum += partials[(token * splits + split) * rows + row]; }
  if has_bias { sum += bias[bias_offset + row]; }
  return sum;
}

@compute @workgroup_size(workgroup_size)
fn merge(@builtin(global_invocation_id) id: vec3u) {
  let output = id.x;
  let token = id.y;
  if output >= outputs || token >= step.tokens { return; }
  let at = token * out_stride + output;
  var y = sum_of(token, output);
  switch epilogue {
    case 1u: { y += out[at]; }
    case 2u: { y = silu(y) * sum_of(token, outputs + output); }
    case 3u: { y = silu(y) * gate[token * outputs + output]; }
    default: {}
  }
  out[at] = y;
}
