// Y = X Wᵀ (+ bias) for the first step.tokens rows of X and W in f16, then an epilogue.
//
//   epilogue 0 store   out = Y
//            1 add     out += Y
//            2 swiglu  out = silu(Y[:, 0:F]) * Y[:, F:2F], W (2F, cols), outputs = F
//            3 gate    out = silu(Y) * gate
//
// x (tokens, x_stride), its first cols columns; weights (rows, cols) f16, two to a word; bias (rows); gate (tokens,
// gate_stride); out (tokens, out_stride), written from first_column on. f32 where nothing is said.
//
// With split_columns fewer than cols, workgroups (…, …, s) of the grid take columns s * split_columns onwards and leave
// their part of the sums in columns s * split_stride onwards of out (store, no bias); matmul-merge adds them up.
//
// An invocation works on four rows of W, the components of a vec4; for swiglu two of them are partners of the others.
//   tiled:  a workgroup of 16 x 8 makes 64 rows x 64 tokens, an invocation 4 x 8. 32 columns of both sides at a time
//           are widened and transposed into workgroup memory, where 3 reads then serve 32 multiply-adds.
//   direct: 4 rows x 4 tokens an invocation and no barrier, for software adapters, where barriers cost the most.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const tile_words = 16u; // pairs of columns in a tile
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

override words = cols / 2u;
override is_swiglu = epilogue == 2u;
override rows = select(outputs, 2u * outputs, is_swiglu);
override quad_outputs = select(4u, 2u, is_swiglu);

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<vec2f>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
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

/// Two words of a row that begins at `start`; zeros past the last column.
fn four_weights(start: u32, word: u32) -> vec4f {
  var four = vec4f();
  if word < words { four = vec4f(unpack2x16float(weights[start + word]), 0.0, 0.0); }
  if word + 1u < words { four = vec4f(four.xy, unpack2x16float(weights[start + word + 1u])); }
  return four;
}

fn four_x(start: u32, word: u32) -> vec4f {
  var four = vec4f();
  if word < words { four = vec4f(x[start + word], 0.0, 0.0); }
  if word + 1u < words { four = vec4f(four.xy, x[start + word + 1u]); }
  return four;
}

/// Columns 4k … 4k + 3 of a tile for the four rows of a quad, transposed. `word` is the tile's first.
fn stage_weights(word: u32, quad: u32, k: u32, of_quad: vec4u) {
  let start = of_quad * words;
  let at = word + 2u * k;
  let block = transpose(mat4x4f(
    four_weights(start.x, at), four_weights(start.y, at), four_weights(start.z, at), four_weights(start.w, at),
  ));
  let to = 4u * k * row_quads + (quad ^ k);
  weight_tile[to] = block[0];
  weight_tile[to + row_quads] = block[1];
  weight_tile[to + 2u * row_quads] = block[2];
  weight_tile[to + 3u * row_quads] = block[3];
}

/// The same of x. Past the last token the last one is read again.
fn stage_x(word: u32, quad: u32, k: u32, tokens: vec4u) {
  let start = tokens * (x_stride / 2u);
  let at = word + 2u * k;
  let block = transpose(mat4x4f(four_x(start.x, at), four_x(start.y, at), four_x(start.z, at), four_x(start.w, at)));
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

  // What this invocation stages: quad `staged` of both sides, columns 4k … 4k + 3 of each tile.
  let staged = local / 8u;
  let k = local % 8u;
  let staged_rows = quad_rows(first_quad + staged);
  let staged_tokens = min(first_token + 4u * staged + vec4u(0u, 1u, 2u, 3u), vec4u(step.tokens - 1u));

  // What it makes: rows of quad `quad`, tokens of two quads. sums0 … sums7 are the tokens.
  let quad = local % row_quads;
  let low = 2u * (local / row_quads);
  var sums0 = vec4f(); var sums1 = vec4f(); var sums2 = vec4f(); var sums3 = vec4f();
  var sums4 = vec4f(); var sums5 = vec4f(); var sums6 = vec4f(); var sums7 = vec4f();
  let begin = workgroup.z * (split_columns / 2u);
  let end = min(begin + split_columns / 2u, words);
  for (var word = begin; word < end; word += tile_words) {
    workgroupBarrier();
    stage_weights(word, staged, k, staged_rows);
    stage_x(word, staged, k, staged_tokens);
    workgroupBarrier();
    for (var column = 0u; column < 32u; column++) {
      let swizzle = column / 4u;
      let four = weight_tile[column * row_quads + (quad ^ swizzle)];
      let a = x_tile[column * token_quads + (low ^ swizzle)];
      let b = x_tile[column * token_quads + ((low + 1u) ^ swizzle)];
      sums0 += a.x * four; sums1 += a.y * four; sums2 += a.z * four; sums3 += a.w * four;
      sums4 += b.x * four; sums5 += b.y * four; sums6 += b.z * four; sums7 += b.w * four;
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

@compute @workgroup_size(direct_size)
fn direct(@builtin(global_invocation_id) id: vec3u) {
  let quad = id.x;
  let first_token = 4u * id.y;
  if quad * quad_outputs >= outputs || first_token >= step.tokens { return; }
  let starts = quad_rows(quad) * words;
  let tokens = min(first_token + vec4u(0u, 1u, 2u, 3u), vec4u(step.tokens - 1u)) * (x_stride / 2u);
  var sums = mat4x4f(); // a column is a token
  for (var word = 0u; word < words; word++) {
    // A column of the matrix is a row of W.
    let pairs = mat4x2f(
      unpack2x16float(weights[starts.x + word]),
      unpack2x16float(weights[starts.y + word]),
      unpack2x16float(weights[starts.z + word]),
      unpack2x16float(weights[starts.w + word]),
    );
    sums[0] += x[tokens.x + word] * pairs;
    sums[1] += x[tokens.y + word] * pairs;
    sums[2] += x[tokens.z + word] * pairs;
    sums[3] += x[tokens.w + word] * pairs;
  }
  for (var i = 0u; i < 4u; i++) { finish(first_token + i, quad, first_column, sums[i]); }
}
