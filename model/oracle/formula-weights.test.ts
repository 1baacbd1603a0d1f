import { expect, test } from "vitest";
import { formulaTensor } from "./formula-weights";

// From recipe/synthetic.py's formula in NumPy: r of the first five elements, times 0.035, rounded to bfloat16.
test("agrees with the original on the embedding", () => {
  const r = [0.48835158, 0.05367553, 0.26263607, -0.20900702, -0.76303566];
  const values = formulaTensor("model.embed_tokens.weight", [1, 5]);
  for (const [i, value] of values.entries()) {
    const expected = 0.035 * (r[i] ?? 0);
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -8); // half a bfloat16 step
    expect(new Uint32Array(new Float32Array([value]).buffer)[0]).toSatisfy((bits: number) => (bits & 0xffff) === 0);
  }
});

test("A_log counts the states of each channel", () => {
  const values = formulaTensor("model.layers.0.attn.A_log", [2, 16]);
  const first = [-0.36447275, -0.1841749, 0.73344123, 0.34165037, 0.23171842];
  for (const [i, r] of first.entries()) expect(values[i]).toBeCloseTo(Math.log(i + 1) + 0.1 * r, 2);
  expect(values[16]).toBeCloseTo(0, 0);
  expect(values[31]).toBeCloseTo(Math.log(16), 0);
});
