import type { Gpu } from "@gpu/device";
import { createMatrix, type Matrix } from "@gpu/matrix";
import { writeStep } from "@gpu/step";
import { createTensor, upload } from "@gpu/tensor";
import { openTestGpu, randomValues, run } from "@gpu/testing/harness";
import { relativeL2 } from "@gpu/testing/relative-l2";
import { expect, test } from "vitest";
import { parseConfig } from "../config";
import microConfig from "../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../oracle/synthetic-weights";
import { createContexts, destroyContexts } from "./contexts";
import type { LayerContext } from "./layer-context";
import { type LinearTensors, linear } from "./linear";

const asCard = (gpu: Gpu): Gpu => ({ ...gpu, adapter: { ...gpu.adapter, isFallback: false } });

/** f32 sums of 512 products in another order: 512 roundings of 2⁻²⁴, some up and some down. */
const TOLERANCE = Math.sqrt(512) * 2 ** -24;

/** The products of a layer that read the scratch of its MLP and of its mixer, and so take the other for partial sums. */
const PRODUCTS: readonly ((context: LayerContext) => LinearTensors)[] = [
  ({ weights, activations }) => ({
    weight: weights.matrix("model.layers.0.mlp.fc2.weight"),
    x: activations.mlp,
    out: activations.residual,
    epilogue: { kind: "add" },
  }),
  ({ weights, activations }) => ({
    weight: weights.matrix("model.layers.0.attn.x_proj.weight"),
    x: activations.inner,
    out: activations.projected,
    epilogue: { kind: "store" },
  }),
];

test("split products give what whole ones do", async () => {
  const gpu = await openTestGpu();
  const config = parseConfig(microConfig);
  const weights = formulaWeights(gpu, config, "int4");
  const tokens = 70;
  const contexts = createContexts(gpu, config, weights, tokens, 128);
  const { many } = contexts;
  writeStep(gpu, many.step, { position: 0, tokens, done: 0, drawn: 0 });
  for (const product of PRODUCTS) {
    const tensors = product(many);
    const { x, out, weight } = tensors;
    const [rows = 0, cols = 0] = x.shape;
    const before = randomValues((out.shape[0] ?? 0) * (out.shape[1] ?? 0), 2);
    const result = async (context: LayerContext) => {
      upload(gpu, x, randomValues(rows * cols, 1));
      upload(gpu, out, before);
      const dispatches = linear(context, tensors);
      return { labels: dispatches.map(({ label }) => label), values: await run(gpu, () => dispatches, out, tokens) };
    };
    const whole = await result(many);
    const split = await result({ ...many, gpu: asCard(gpu) });
    const { kind } = tensors.epilogue;
    const kernel = `${weight.format}-matmul`;
    expect(whole.labels).toEqual([`${kernel} ${kind} ${weight.label}`]);
    expect(split.labels).toEqual([`${kernel} split ${weight.label}`, `matmul-merge ${kind} ${weight.label}`]);
    expect(relativeL2(split.values, whole.values)).toBeLessThan(TOLERANCE);
  }
  destroyContexts(contexts);
  weights.destroy();
});

// What a chunk of 256 rows meets at the published size, with 10,240 columns of scratch: in_proj and fc1 fill a card.
test.each([
  { format: "int4", rows: 2560, cols: 10_240, splits: 4 },
  { format: "int4", rows: 2560, cols: 2560, splits: 4 },
  { format: "int4", rows: 5120, cols: 2560, splits: 2 },
  { format: "f16", rows: 192, cols: 5120, splits: 40 },
  { format: "f16", rows: 5120, cols: 160, splits: 1 },
  { format: "int4", rows: 10_240, cols: 2560, splits: 1 },
  { format: "int4", rows: 20_480, cols: 2560, splits: 1 },
] as const)("$format ($rows, $cols) in $splits", async ({ format, rows, cols, splits }) => {
  const gpu = asCard(await openTestGpu());
  const made: Matrix = createMatrix(gpu, "weight", format, rows, cols);
  const [x, out, scratch] = [cols, rows, 10_240].map((columns) => createTensor(gpu, "rows", [256, columns]));
  // Only these are asked for.
  const context = { gpu, step: x, activations: { tokens: 256, mlp: scratch, xz: scratch } } as unknown as LayerContext;
  const dispatches = linear(context, { weight: made, x, out, epilogue: { kind: "store" } } as LinearTensors);
  expect(dispatches.map(({ workgroups }) => workgroups(256)[2])).toEqual(splits === 1 ? [1] : [splits, 1]);
  for (const buffer of [x, out, scratch].flatMap((tensor) => tensor?.buffer ?? [])) buffer.destroy();
  for (const part of made.parts) {
    part.values.destroy();
    part.scales?.destroy();
  }
});
