// Y = X Wᵀ (+ bias) for the first step.tokens rows of X and W in 4 bits, then an epilogue. Layout of W: gpu/int4.ts.
//
//   epilogue 0 store   out = Y
//            1 add     out += Y
//            2 swiglu  out = silu(Y[:, 0:F]) * Y[:, F:2F], W (2F, cols), outputs = F
//            3 gate    out = silu(Y) * gate
//
// x (tokens, x_stride), its first cols columns; codes (rows, cols / 2) bytes, read a word (8 weights) at a time; scales
// (rows, cols / 32) f16, two to a word; bias (rows); gate (tokens, gate_stride); out (tokens, out_stride), written from
// first_column on. f32 where nothing is said.
//
// With split_columns fewer than cols, workgroups (…, …, s) of the grid take columns s * split_columns onwards and leave
// their part of the sums in columns s * split_stride onwards of out (store, no bias); matmul-merge adds them up.
//
// An invocation works on four rows of W, the components of a vec4; for swiglu two of them are partners of the others.
//   tiled:  a workgroup of 16 x 8 makes 64 rows x 64 tokens, an invocation 4 x 8. A group of 32 columns of both sides
//           is dequantized and transposed into workgroup memory, where 3 reads then serve 32 multiply-adds.
//   direct: 4 rows x 4 tokens an invocation and no barrier, for software adapters, where barriers cost the most.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const group_words = 4u; // words of codes in a group
const row_quads = 16u; // of a tile
const token_quads = 16u; // of a tile
const workgroup_size = 128u;
const direct_size = 16u;

override outputs: u32;
override cols: u32;
override x_stride: u32;
override out_stride: u32;
override gate_stride: u32;
override buffer_row: u32;
override first_column: u32;
override has_bias: bool;
override bias_offset: u32;
override epilogue: u32;
override split_columns = cols; // a multiple of 32, or all
override split_stride = 0u;

override groups = cols / 32u;
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override quad_outputs = select(4u, 2u, is_swiglu);

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> codes: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> gate: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

// [column][quad], the quad's number xor-ed with column / 4 so that writing a column of quads meets no bank twice.
var<workgroup> weight_tile: array<vec4f, 32u * row_quads>;
var<workgroup> x_tile: array<vec4f, 32u * token_quads>;

/// The matrix rows of a quad. Past the end the last row is read again and its sums thrown away.
fn quad_rows(quad: u32) -> vec4u {
  let r = vec4u(0u, 1u, 2u, 3u);
  let row = quad * quad_outputs + r % quad_outputs + outputs * (r / quad_outputs);
  return buffer_row + min(row, vec4u(rows - 1u));
}

fn load_scale(at: u32) -> f32 {
  let pair = unpack2x16float(scales[at >> 1u]);
  return select(pair.x, pair.y, (at & 1u) == 1u);
}

fn silu(v: f32) -> f32 { return v / (1.0 + exp(min(-v, 80.0))); }

fn finish_one(token: u32, output: u32, column: u32, sum: f32, partner: f32) {
  if output >= outputs { return; }
  let at = token * out_stride + column;
  var y = sum;
  if has_bias { y += bias[bias_offset + output]; }
  switch epilogue {
    case 1u: { y += out[at]; }
    case 2u: {
      var up = partner;
      if has_bias { up += bias[bias_offset + outputs + output]; }
      y = silu(y) * up;
    }
    case 3u: { y = silu(y) * gate[token * gate_stride + column]; }
    default: {}
  }
  out[at] = y;
}

/// `first` is the column of out that the first output goes to.
fn finish(token: u32, quad: u32, first: u32, sums: vec4f) {
  if token >= step.tokens { return; }
  for (var r = 0u; r < quad_outputs; r++) {
    let output = quad * quad_outputs + r;
    finish_one(token, output, first + output, sums[r], sums[(r + quad_outputs) % 4u]);
  }
}

/// Four codes from the low half of a word, less the zero point.
fn four_codes(half_word: u32) -> vec4f {
  return vec4f((vec4u(half_word) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u)) - 8.0;
}

/// Columns 4k … 4k + 3 of a group for the four rows of a quad, transposed.
fn stage_weights(group: u32, quad: u32, k: u32, of_quad: vec4u) {
  let at = of_quad * groups + group;
  let word = at * group_words + k / 2u;
  let shift = 16u * (k % 2u);
  let block = transpose(mat4x4f(
    four_codes(codes[word.x] >> shift) * load_scale(at.x),
    four_codes(codes[word.y] >> shift) * load_scale(at.y),
    four_codes(codes[word.z] >> shift) * load_scale(at.z),
    four_codes(codes[word.w] >> shift) * load_scale(at.w),
  ));
  let to = 4u * k * row_quads + (quad ^ k);
  weight_tile[to] = block[0];
  weight_tile[to + row_quads] = block[1];
  weight_tile[to + 2u * row_quads] = block[2];
  weight_tile[to + 3u * row_quads] = block[3];
}

/// The same of x. Past the last token the last one is read again.
fn stage_x(group: u32, quad: u32, k: u32, tokens: vec4u) {
  let at = tokens * (x_stride / 4u) + group * 8u + k;
  let block = transpose(mat4x4f(x[at.x], x[at.y], x[at.z], x[at.w]));
  let to = 4u * k * token_quads + (quad ^ k);
  x_tile[to] = block[0];
  x_tile[to + token_quads] = block[1];
  x_tile[to + 2u * token_quads] = block[2];
  x_tile[to + 3u * token_quads] = block[3];
}

@compute @workgroup_size(workgroup_size)
fn tiled(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_quad = workgroup.x * row_quads;
  let first_token = workgroup.y * token_quads * 4u;
  if first_token >= step.tokens { return; }

  // What this invocation stages: quad `staged` of both sides, columns 4k … 4k + 3 of each group.
  let staged = local / 8u;
  let k = local % 8u;
  let staged_rows = quad_rows(first_quad + staged);
  let staged_tokens = min(first_token + 4u * staged + vec4u(0u, 1u, 2u, 3u), vec4u(step.tokens - 1u));

  // What it makes: rows of quad `quad`, tokens of two quads. sums0 … sums7 are the tokens.
  let quad = local % row_quads;
  let low = 2u * (local / row_quads);
  var sums0 = vec4f(); var sums1 = vec4f(); var sums2 = vec4f(); var sums3 = vec4f();
  var sums4 = vec4f(); var sums5 = vec4f(); var sums6 = vec4f(); var sums7 = vec4f();
  let begin = workgroup.z * (split_columns / 32u);
  let end = min(begin + split_columns / 32u, groups);
  for (var group = begin; group < end; group++) {
    workgroupBarrier();
    stage_weights(group, staged, k, staged_rows);
    stage_x(group, staged, k, staged_tokens);
    workgroupBarrier();
    // Four columns share their places in a column. The remainders are these numbers themselves; but now the compiler
    // sees that no index leaves its tile, and does not limit each at run time.
    for (var strip = 0u; strip < 8u; strip++) {
      let of_weights = (quad ^ strip) % row_quads;
      let of_a = (low ^ strip) % token_quads;
      let of_b = ((low + 1u) ^ strip) % token_quads;
      for (var i = 0u; i < 4u; i++) {
        let column = 4u * strip + i;
        let weights = weight_tile[column * row_quads + of_weights];
        let a = x_tile[column * token_quads + of_a];
        let b = x_tile[column * token_quads + of_b];
        sums0 += a.x * weights; sums1 += a.y * weights; sums2 += a.z * weights; sums3 += a.w * weights;
        sums4 += b.x * weights; sums5 += b.y * weights; sums6 += b.z * weights; sums7 += b.w * weights;
      }
    }
  }
  let token = first_token + 4u * low;
  let made = first_quad + quad;
  let first = first_column + workgroup.z * split_stride;
  finish(token, made, first, sums0); finish(token + 1u, made, first, sums1);
  finish(token + 2u, made, first, sums2); finish(token + 3u, made, first, sums3);
  finish(token + 4u, made, first, sums4); finish(token + 5u, made, first, sums5);
  finish(token + 6u, made, first, sums6); finish(token + 7u, made, first, sums7);
}

// In `direct` codes are masked where they stand, hence 16^j times too large, and x is made as much smaller; the eighth
// code of a word stands on the sign bit, which is flipped first, so that it converts to (code - 8) by itself.
const position_scale = vec4f(1.0, 0.0625, 0.00390625, 0.000244140625);
const high_position_scale = position_scale / 65536.0;
const zero_low = -8.0 / position_scale;
const zero_high = vec4f(zero_low.xyz * 65536.0, 0.0);

fn low_codes(word: u32) -> vec4f {
  return zero_low + vec4f(vec4i(vec4u(word) & vec4u(0xfu, 0xf0u, 0xf00u, 0xf000u)));
}

fn high_codes(word: u32) -> vec4f {
  return zero_high + vec4f(vec4i(vec4u(word ^ 0x80000000u) & vec4u(0xf0000u, 0xf00000u, 0xf000000u, 0xf0000000u)));
}

@compute @workgroup_size(direct_size)
fn direct(@builtin(global_invocation_id) id: vec3u) {
  let quad = id.x;
  let first_token = 4u * id.y;
  if quad * quad_outputs >= outputs || first_token >= step.tokens { return; }
  let starts = quad_rows(quad) * groups;
  let tokens = min(first_token + vec4u(0u, 1u, 2u, 3u), vec4u(step.tokens - 1u)) * (x_stride / 4u);
  var sums = mat4x4f(); // a column is a token
  for (var group = 0u; group < groups; group++) {
    let at = starts + group;
    var dots = mat4x4f();
    for (var i = 0u; i < group_words; i++) {
      let word = at * group_words + i;
      let words = vec4u(codes[word.x], codes[word.y], codes[word.z], codes[word.w]);
      let low = mat4x4f(low_codes(words.x), low_codes(words.y), low_codes(words.z), low_codes(words.w));
      let high = mat4x4f(high_codes(words.x), high_codes(words.y), high_codes(words.z), high_codes(words.w));
      let column = tokens + group * 8u + 2u * i;
      // (vector) * (matrix): the dot product with each column, here each row of W.
      dots[0] += (x[column.x] * position_scale) * low + (x[column.x + 1u] * high_position_scale) * high;
      dots[1] += (x[column.y] * position_scale) * low + (x[column.y + 1u] * high_position_scale) * high;
      dots[2] += (x[column.z] * position_scale) * low + (x[column.z + 1u] * high_position_scale) * high;
      dots[3] += (x[column.w] * position_scale) * low + (x[column.w + 1u] * high_position_scale) * high;
    }
    let scale = vec4f(load_scale(at.x), load_scale(at.y), load_scale(at.z), load_scale(at.w));
    sums += mat4x4f(dots[0] * scale, dots[1] * scale, dots[2] * scale, dots[3] * scale);
  }
  for (var i = 0u; i < 4u; i++) { finish(first_token + i, quad, first_column, sums[i]); }
}
