// Rounds the key and value columns of the first `step.tokens` rows to 8 bits and stores them where their positions belong,
// in slot (position + row) % capacity. Each 64 keys of a head, and each 64 values, have a scale:
//
//   scale = largest magnitude / 127, up to the next number of 11 significant bits; at least 2^-14, at most 65504
//   code  = floor(value / scale + 1/2), within -127 ... 127
//
// kv (tokens, stride) f32; keys and values (capacity, kv_heads * 64) signed bytes, four to a word, the first one lowest;
// scales (capacity, kv_heads, 2) f16, the keys' and the values', packed into a word. Offsets and stride are multiples of 4.
//
// One invocation per four columns of a row, for keys and values. The 16 of a head all look for its largest values: that
// takes no barrier, and their reads meet in the cache. Codes and scales are exact: the same on every device.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

const workgroup_size = 64u;
const head_words = 16u; // vectors of f32, or words of codes, in a head
const most_code = 127.0;
const least_scale = 6.103515625e-5; // 2^-14
const most_scale = 65504.0;
override capacity: u32;
override kv_heads: u32;
override stride: u32;
override key_offset: u32;
override value_offset: u32;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> kv: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> keys: array<u32>;
@group(0) @binding(3) var<storage, read_write> values: array<u32>;
@group(0) @binding(4) var<storage, read_write> scales: array<u32>;

// Of the head that begins at kv[first].
fn scale_of(first: u32) -> f32 {
  var four = vec4f();
  for (var i = 0u; i < head_words; i++) { four = max(four, abs(kv[first + i])); }
  let largest = max(max(four.x, four.y), max(four.z, four.w));
  // Of the 24 significant bits of f32 the last 13 are rounded up, so that f16 holds what remains.
  let bits = bitcast<u32>(clamp(largest * (1.0 / most_code), least_scale, most_scale));
  return bitcast<f32>((bits + 0x1fffu) & 0xffffe000u);
}

fn codes_of(v: vec4f, scale: f32) -> u32 {
  let held = clamp(v, vec4f(-most_code * scale), vec4f(most_code * scale));
  // A quotient is not exact; beside a tie, products decide, which are: they have 9 + 11 significant bits.
  let near = round(held / scale);
  let above = select(vec4f(), vec4f(1.0), held >= (near + 0.5) * scale);
  let below = select(vec4f(), vec4f(1.0), held < (near - 0.5) * scale);
  return pack4x8snorm((near + above - below) / most_code);
}

@compute @workgroup_size(workgroup_size)
fn kv_append_int8(@builtin(global_invocation_id) id: vec3u) {
  let word = id.x;
  let row = id.y;
  if word >= kv_heads * head_words || row >= step.tokens || step.done == 1u { return; }
  let slot = (step.position + row) % capacity;
  let head = word / head_words;
  let key = (row * stride + key_offset) / 4u;
  let value = (row * stride + value_offset) / 4u;
  let key_scale = scale_of(key + head * head_words);
  let value_scale = scale_of(value + head * head_words);
  let to = slot * kv_heads * head_words + word;
  keys[to] = codes_of(kv[key + word], key_scale);
  values[to] = codes_of(kv[value + word], value_scale);
  if word % head_words == 0u { scales[slot * kv_heads + head] = pack2x16float(vec2f(key_scale, value_scale)); }
}
