import type { Gpu } from "@gpu/device";
import type { Epilogue } from "@gpu/epilogue";
import { createFixed, FIXED_ROWS } from "@gpu/fixed-point";
import type { Dispatch } from "@gpu/kernel";
import { createMatrix, type Matrix } from "@gpu/matrix";
import { type Meter, median, medianMs, passMs } from "@gpu/measure";
import type { Peak } from "@gpu/peak";
import { checked } from "@gpu/recording";
import { elementCount } from "@gpu/shape";
import { createTensor, type Tensor, upload } from "@gpu/tensor";
import type { LayerContext } from "../layers/layer-context";
import { linear } from "../layers/linear";
import { RandomFiller } from "../oracle/timing-weights";
import type { MatvecShape } from "./matvec-shapes";
import { type BenchRow, figures } from "./report";

/** Matrices of one shape: together more than any cache holds, except on a software adapter, where memory is slow enough. */
const WORKING_SET_BYTES = 2 ** 28;
const SOFTWARE_WORKING_SET_BYTES = 2 ** 23;
/** Bytes that a sample without dependencies reads at least. */
const SAMPLE_BYTES = 2 ** 31;
const SAMPLES = 5;

/**
 * One shape by itself, over distinct matrices in turn.
 *
 *   throughput  each product goes to memory of its own that nothing in the pass has touched: products may overlap
 *   chain       all products go to the same memory: each waits for the one before, as in a token
 *
 * @param one a context of one row
 */
export async function benchMatvec(
  meter: Meter,
  one: LayerContext,
  shape: MatvecShape,
  { bytesPerSecond }: Peak,
): Promise<BenchRow> {
  const rig = createRig(one, shape);
  try {
    const { chain, rounds } = rig;
    const chainMs = (await medianMs(meter, chain)) / rig.copies;
    const freeMs = (await throughputMs(meter, rounds.dispatches, rounds.outputs)) / (rounds.count * rig.copies);
    const rate = (ms: number): number => shape.bytes / ms / 1e6;
    const percent = (ms: number): number => (100 * rate(ms) * 1e9) / bytesPerSecond;
    return {
      name: shape.name,
      figures: figures({
        "per token": shape.count,
        "MB each": shape.bytes / 1e6,
        copies: rig.copies,
        "µs throughput": 1000 * freeMs,
        "GB/s throughput": rate(freeMs),
        "% of read throughput": percent(freeMs),
        "µs chain": 1000 * chainMs,
        "GB/s chain": rate(chainMs),
        "% of read chain": percent(chainMs),
        "chain ms per token": shape.count * chainMs,
      }),
    };
  } finally {
    rig.destroy();
  }
}

/** GPU milliseconds of one run that finds its outputs untouched. */
async function throughputMs(meter: Meter, dispatches: readonly Dispatch[], outputs: readonly Tensor[]) {
  const { device } = meter.gpu;
  return checked(meter.gpu, "measuring", async () => {
    const samples: number[] = [];
    for (let sample = 0; sample <= SAMPLES; sample++) {
      // Cleared before the pass: WebGPU puts a barrier before a write to what the same pass, or the last, has written.
      const encoder = device.createCommandEncoder({ label: "clear outputs" });
      for (const { buffer } of outputs) encoder.clearBuffer(buffer);
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      samples.push(await passMs(meter, dispatches, 1, 1));
    }
    return median(samples.slice(1));
  });
}

function createRig(one: LayerContext, shape: MatvecShape) {
  const { gpu } = one;
  const { rows, cols, format, bytes, epilogue } = shape;
  const workingSet = gpu.adapter.isFallback ? SOFTWARE_WORKING_SET_BYTES : WORKING_SET_BYTES;
  const copies = Math.max(2, Math.ceil(workingSet / bytes));
  const count = gpu.adapter.isFallback ? 1 : Math.max(1, Math.round(SAMPLE_BYTES / (copies * bytes)));
  const filler = new RandomFiller(gpu);
  const matrices = Array.from({ length: copies }, (_, copy) => {
    const matrix = createMatrix(gpu, `copy ${copy}`, format, rows, cols);
    filler.fill(matrix);
    return matrix;
  });
  filler.destroy();
  const handsOver = one.fixed !== undefined && format === "int4";
  const x = handsOver ? fixedInput(gpu, cols) : input(gpu, cols);
  const gate = createTensor(gpu, "gate", [1, rows]);
  const outputColumns = epilogue === "swiglu" ? rows / 2 : rows;
  const givesFixed = handsOver && (epilogue === "swiglu" || epilogue === "gate");
  const output = (): Tensor =>
    givesFixed ? createFixed(gpu, "out", outputColumns) : createTensor(gpu, "out", [1, outputColumns]);
  const multiply = (weight: Matrix, out: Tensor): Dispatch[] =>
    linear(one, { weight, x, out, epilogue: epilogueOf(shape, gate) });
  const shared = output();
  const outputs = Array.from({ length: count * copies }, output);
  const dispatches = outputs.flatMap((out, i) => multiply(matrices[i % copies] as Matrix, out));
  return {
    copies,
    chain: matrices.flatMap((matrix) => multiply(matrix, shared)),
    rounds: { count, outputs, dispatches },
    destroy() {
      for (const { buffer } of [x, gate, shared, ...outputs]) buffer.destroy();
      for (const part of matrices.flatMap(({ parts }) => parts)) {
        part.values.destroy();
        part.scales?.destroy();
      }
    },
  };
}

function input(gpu: Gpu, cols: number): Tensor {
  const x = createTensor(gpu, "x", [1, cols]);
  upload(
    gpu,
    x,
    Float32Array.from({ length: cols }, (_, i) => Math.sin(i)),
  );
  return x;
}

/** As a token hands x over where it decodes in fused dispatches; any numbers. */
function fixedInput(gpu: Gpu, cols: number): Tensor {
  const x = createFixed(gpu, "x", cols);
  const words = Uint32Array.from({ length: elementCount(x.shape) }, (_, i) => Math.imul(i + 1, 0x9e3779b9));
  const units = new Float32Array(words.buffer).subarray((words.length * 4) / FIXED_ROWS);
  units.fill(2 ** -20);
  upload(gpu, x, words);
  return x;
}

function epilogueOf({ epilogue, rows }: MatvecShape, gate: Tensor): Epilogue {
  if (epilogue !== "gate") return { kind: epilogue };
  return { kind: "gate", gate: { ...gate, shape: [1, rows] } };
}
