// out[t] = table[ids[t]] for the first step.tokens rows, where ids[t] lies in this part of the table.
//
// ids (tokens) u32; out (tokens, cols) f32. The part holds part_rows rows from first_row on; in its buffers they begin
// at buffer_row. Another part's ids are left to its own dispatch, and an id beyond the table writes nothing.
//   int4: table (rows, cols / 2) bytes of codes, scales (rows, cols / 32) f16, as in gpu/int4.ts. 8 columns a word.
//   f16:  table (rows, cols) f16. 2 columns a word.
// One invocation per word.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 64u;
override cols: u32;
override first_row: u32;
override part_rows: u32;
override buffer_row: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<u32>;
@group(0) @binding(4) var<storage, read_write> wide_out: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> out: array<vec2f>;

/// Whether this part has the row of a token.
fn is_here(token: u32) -> bool {
  if token >= step.tokens { return false; }
  return ids[token] >= first_row && ids[token] - first_row < part_rows;
}

fn buffer_row_of(token: u32) -> u32 { return ids[token] - first_row + buffer_row; }

@compute @workgroup_size(workgroup_size)
fn int4(@builtin(global_invocation_id) id: vec3u) {
  let word = id.x;
  let token = id.y;
  if word >= cols / 8u || !is_here(token) { return; }
  let row = buffer_row_of(token);
  let group = row * (cols / 32u) + word / 4u;
  let pair = unpack2x16float(scales[group >> 1u]);
  let scale = select(pair.x, pair.y, (group & 1u) == 1u);
  let codes = table[row * (cols / 8u) + word];
  let to = (token * cols + word * 8u) / 4u;
  let shifts = vec4u(0u, 4u, 8u, 12u);
  wide_out[to] = (vec4f((vec4u(codes) >> shifts) & vec4u(15u)) - 8.0) * scale;
  wide_out[to + 1u] = (vec4f((vec4u(codes >> 16u) >> shifts) & vec4u(15u)) - 8.0) * scale;
}

@compute @workgroup_size(workgroup_size)
fn f16_pair(@builtin(global_invocation_id) id: vec3u) {
  let word = id.x;
  let token = id.y;
  if word >= cols / 2u || !is_here(token) { return; }
  out[token * (cols / 2u) + word] = unpack2x16float(table[buffer_row_of(token) * (cols / 2u) + word]);
}
