import { expect, test } from "vitest";
import { submit } from "../recording";
import { writeStep } from "../step";
import { createTensor, download } from "../tensor";
import { expectClose, openTestGpu, poisonedTensor, randomTensor, randomValues, run, stepOf } from "../testing/harness";
import { attentionMerge } from "./attention-merge/attention-merge";
import { attentionSplit, partialsShape } from "./attention-split/attention-split";
import { attentionWindow } from "./attention-window/attention-window";
import { attentionWindowReference } from "./attention-window/attention-window.reference";
import { kvAppend } from "./kv-append/kv-append";

/** f32 arithmetic on the same f16 keys and values; see attention-window.gpu.test.ts. */
const TOLERANCE = { relative: 2e-5, absolute: 4e-5 };
const TOKENS = 21;
const WINDOW = 16;
const sizes = { heads: 8, kvHeads: 4, headDim: 64, lambdaInit: 0.55 };
const HIDDEN = sizes.heads * sizes.headDim;
const WIDTH = sizes.kvHeads * sizes.headDim;
const STRIDE = HIDDEN + 2 * WIDTH;
const columns = { keyOffset: HIDDEN, valueOffset: HIDDEN + WIDTH };

const qkvValues = randomValues(TOKENS * STRIDE, 1);
const lambdaValues = randomValues(4 * sizes.headDim, 2, 0.2);
const sublnValues = randomValues(2 * sizes.headDim, 3);

/** The formula over the whole sequence, with keys and values as f16 holds them. */
function expected(visible: number): Float32Array {
  const rounded = (offset: number) =>
    Float16Array.from({ length: TOKENS * WIDTH }, (_, i) => {
      return qkvValues[Math.floor(i / WIDTH) * STRIDE + offset + (i % WIDTH)] ?? Number.NaN;
    });
  return attentionWindowReference({
    ...sizes,
    qkv: qkvValues,
    stride: STRIDE,
    keys: rounded(columns.keyOffset),
    values: rounded(columns.valueOffset),
    lambdas: lambdaValues,
    subln: sublnValues,
    window: visible,
    position: 0,
    tokens: TOKENS,
  });
}

async function attentionOf(capacity: number, rows: number) {
  const gpu = await openTestGpu();
  const keys = createTensor(gpu, "keys", [capacity, WIDTH], "f16");
  const values = createTensor(gpu, "values", [capacity, WIDTH], "f16");
  const step = stepOf(gpu);
  const lambdas = randomTensor(gpu, "lambdas", [4, sizes.headDim], 2, 0.2);
  const subln = randomTensor(gpu, "subln", [2 * sizes.headDim], 3);
  const qkv = createTensor(gpu, "qkv", [rows, STRIDE]);
  const out = poisonedTensor(gpu, "out", [rows, HIDDEN]);
  const append = () => kvAppend(gpu, { step, kv: qkv, ...columns, keys, values });
  const fill = (position: number, tokens: number) => {
    writeStep(gpu, step, { position, tokens, done: 0, drawn: 0 });
    const chunk = qkvValues.subarray(position * STRIDE, (position + tokens) * STRIDE);
    gpu.device.queue.writeBuffer(qkv.buffer, 0, chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
  };
  return { gpu, keys, values, step, lambdas, subln, qkv, out, append, fill };
}

test.each([
  { what: "a ring of exactly the window", capacity: WINDOW, window: WINDOW },
  { what: "a full cache", capacity: TOKENS },
])("token by token over $what: append, split, merge", async ({ capacity, window: visible }) => {
  const { gpu, fill, append, ...tensors } = await attentionOf(capacity, 1);
  const partials = createTensor(gpu, "partials", partialsShape(sizes.heads, sizes.headDim, 4));
  const call = { ...tensors, ...sizes, partials, q: tensors.qkv, window: visible, splitLength: 3 };
  const dispatches = () => [append(), attentionSplit(gpu, call), attentionMerge(gpu, call)];
  fill(0, 1);
  const actual = [await run(gpu, dispatches, tensors.out)];
  const recording = dispatches();
  for (let position = 1; position < TOKENS; position++) {
    fill(position, 1);
    submit(gpu, recording, 1);
    actual.push(await download(gpu, tensors.out));
  }
  expectClose(Float32Array.from(actual.flatMap((row) => [...row])), expected(visible ?? TOKENS), TOLERANCE);
});

test("chunk by chunk over a ring without a slot too many: append, window", async () => {
  const chunk = 9;
  const { gpu, fill, append, ...tensors } = await attentionOf(WINDOW + chunk - 1, chunk);
  const dispatches = () => [append(), attentionWindow(gpu, { ...tensors, ...sizes, window: WINDOW })];
  const actual: Float32Array[] = [];
  for (let position = 0; position < TOKENS; position += chunk) {
    const tokens = Math.min(chunk, TOKENS - position);
    fill(position, tokens);
    actual.push((await run(gpu, dispatches, tensors.out, chunk)).subarray(0, tokens * HIDDEN));
  }
  expect(actual.map((rows) => rows.length / HIDDEN)).toEqual([9, 9, 3]);
  expectClose(Float32Array.from(actual.flatMap((rows) => [...rows])), expected(WINDOW), TOLERANCE);
});
