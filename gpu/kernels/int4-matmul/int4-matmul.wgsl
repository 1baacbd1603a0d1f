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
// An invocation works on quads of rows of W, the components of a vec4; for swiglu two of them are partners of the others.
//   tiled:  a workgroup of 8 x 8 makes 64 rows x 64 tokens, an invocation 8 x 8. A group of 32 columns of both sides
//           is dequantized and transposed into workgroup memory, where 4 reads then serve 64 multiply-adds.
//   direct: 4 rows x 4 tokens an invocation and no barrier, for software adapters, where barriers cost the most.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const group_words = 4u; // words of codes in a group
const row_quads = 16u; // of a tile
const token_quads = 16u; // of a tile
const tile_lanes = 8u; // on either side of a tile, two quads each
const workgroup_size = tile_lanes * tile_lanes;
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

fn scale_of(word: u32, at: u32) -> f32 {
  let pair = unpack2x16float(word);
  return select(pair.x, pair.y, (at & 1u) == 1u);
}

fn load_scale(at: u32) -> f32 { return scale_of(scales[at >> 1u], at); }

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

/// A code and the one four further on, with `high` in both halves of a word: as f16 they are 1024 + code, for there the
/// last bit of an f16 is 1. Takes half the steps of cutting out and converting each.
const high = 0x64006400u;
const zero_point = 1032.0; // 1024 + 8

/// The eight weights of a word, columns 0 … 3 and 4 … 7. Exact, fused or not: no product has more than 22 bits.
fn dequantize(word: u32, scale: f32) -> mat2x4f {
  let pairs = ((vec4u(word) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(0x000f000fu)) | vec4u(high);
  let by_half = transpose(mat4x2f(
    unpack2x16float(pairs.x),
    unpack2x16float(pairs.y),
    unpack2x16float(pairs.z),
    unpack2x16float(pairs.w),
  ));
  let zero = vec4f(zero_point * scale);
  return mat2x4f(by_half[0] * scale - zero, by_half[1] * scale - zero);
}

/// What is stored of a group for the four rows of a quad: their words k, which are columns 8k … 8k + 7, and the words
/// that their scales are in.
struct Stored { codes: vec4u, scales: vec4u }

fn fetch_weights(group: u32, k: u32, of_quad: vec4u) -> Stored {
  let at = of_quad * groups + group;
  let word = at * group_words + k;
  let pair = at >> vec4u(1u);
  return Stored(
    vec4u(codes[word.x], codes[word.y], codes[word.z], codes[word.w]),
    vec4u(scales[pair.x], scales[pair.y], scales[pair.z], scales[pair.w]),
  );
}

/// Dequantized and transposed, four columns at a time.
fn stage_weights(stored: Stored, group: u32, quad: u32, k: u32, of_quad: vec4u) {
  let at = of_quad * groups + group;
  let row0 = dequantize(stored.codes.x, scale_of(stored.scales.x, at.x));
  let row1 = dequantize(stored.codes.y, scale_of(stored.scales.y, at.y));
  let row2 = dequantize(stored.codes.z, scale_of(stored.scales.z, at.z));
  let row3 = dequantize(stored.codes.w, scale_of(stored.scales.w, at.w));
  stage_strip(2u * k, quad, mat4x4f(row0[0], row1[0], row2[0], row3[0]));
  stage_strip(2u * k + 1u, quad, mat4x4f(row0[1], row1[1], row2[1], row3[1]));
}

fn stage_strip(strip: u32, quad: u32, of_rows: mat4x4f) {
  let block = transpose(of_rows);
  let to = 4u * strip * row_quads + (quad ^ strip);
  weight_tile[to] = block[0];
  weight_tile[to + row_quads] = block[1];
  weight_tile[to + 2u * row_quads] = block[2];
  weight_tile[to + 3u * row_quads] = block[3];
}

/// The same columns of a group of x for the four tokens of a quad. Past the last token the last one is read again.
fn stage_x(group: u32, quad: u32, k: u32, tokens: vec4u) {
  for (var half = 0u; half < 2u; half++) {
    let strip = 2u * k + half;
    let at = tokens * (x_stride / 4u) + group * 8u + strip;
    let block = transpose(mat4x4f(x[at.x], x[at.y], x[at.z], x[at.w]));
    let to = 4u * strip * token_quads + (quad ^ strip);
    x_tile[to] = block[0];
    x_tile[to + token_quads] = block[1];
    x_tile[to + 2u * token_quads] = block[2];
    x_tile[to + 3u * token_quads] = block[3];
  }
}

/// A quad of tokens by a quad of rows: a column for each token.
fn products(of_tokens: vec4f, of_rows: vec4f) -> mat4x4f {
  return mat4x4f(of_tokens.x * of_rows, of_tokens.y * of_rows, of_tokens.z * of_rows, of_tokens.w * of_rows);
}

fn finish_block(token: u32, quad: u32, first: u32, sums: mat4x4f) {
  finish(token, quad, first, sums[0]);
  finish(token + 1u, quad, first, sums[1]);
  finish(token + 2u, quad, first, sums[2]);
  finish(token + 3u, quad, first, sums[3]);
}

@compute @workgroup_size(workgroup_size)
fn tiled(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_quad = workgroup.x * row_quads;
  let first_token = workgroup.y * token_quads * 4u;
  if first_token >= step.tokens { return; }

  // What this invocation stages: quad `staged` of both sides, columns 8k … 8k + 7 of each group.
  let staged = local / group_words;
  let k = local % group_words;
  let staged_rows = quad_rows(first_quad + staged);
  let staged_tokens = min(first_token + 4u * staged + vec4u(0u, 1u, 2u, 3u), vec4u(step.tokens - 1u));

  // What it makes: quads `of_rows` and `of_rows + 8` of rows by quads `of_tokens` and `of_tokens + 8` of tokens.
  let of_rows = local % tile_lanes;
  let of_tokens = local / tile_lanes;
  var sums00 = mat4x4f(); var sums01 = mat4x4f(); // of the first quad of rows
  var sums10 = mat4x4f(); var sums11 = mat4x4f();
  let begin = workgroup.z * (split_columns / 32u);
  let end = min(begin + split_columns / 32u, groups);
  // Weights come from memory, x from a cache: theirs is the longer way, and they set out a group ahead.
  var next = fetch_weights(min(begin, groups - 1u), k, staged_rows);
  for (var group = begin; group < end; group++) {
    workgroupBarrier();
    stage_weights(next, group, staged, k, staged_rows);
    stage_x(group, staged, k, staged_tokens);
    workgroupBarrier();
    next = fetch_weights(min(group + 1u, groups - 1u), k, staged_rows);
    // Four columns share their places in a column. The remainders are these numbers themselves; but now the compiler
    // sees that no index leaves its tile, and does not limit each at run time.
    for (var strip = 0u; strip < 8u; strip++) {
      let weights_at = (of_rows ^ strip) % tile_lanes;
      let x_at = (of_tokens ^ strip) % tile_lanes;
      for (var i = 0u; i < 4u; i++) {
        let column = 4u * strip + i;
        let weights0 = weight_tile[column * row_quads + weights_at];
        let weights1 = weight_tile[column * row_quads + tile_lanes + weights_at];
        let x0 = x_tile[column * token_quads + x_at];
        let x1 = x_tile[column * token_quads + tile_lanes + x_at];
        sums00 += products(x0, weights0); sums01 += products(x1, weights0);
        sums10 += products(x0, weights1); sums11 += products(x1, weights1);
      }
    }
  }
  let token = first_token + 4u * of_tokens;
  let quad = first_quad + of_rows;
  let first = first_column + workgroup.z * split_stride;
  finish_block(token, quad, first, sums00);
  finish_block(token, quad + tile_lanes, first, sums10);
  finish_block(token + 4u * tile_lanes, quad, first, sums01);
  finish_block(token + 4u * tile_lanes, quad + tile_lanes, first, sums11);
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
