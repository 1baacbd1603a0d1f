import type { Gpu } from "@gpu/device";
import { GROUP_SIZE } from "@gpu/int4";
import {
  createFormulaSlice,
  formulaWeights,
  MOST_FORMULA_ELEMENTS,
  writeFormulaSlice,
} from "@gpu/kernels/formula-weights/formula-weights";
import {
  createQuantizeSlice,
  NO_FAULT,
  quantizeInt4,
  writeQuantizeSlice,
} from "@gpu/kernels/quantize-int4/quantize-int4";
import type { Matrix, MatrixPart } from "@gpu/matrix";
import { submit } from "@gpu/recording";
import { elementCount } from "@gpu/shape";
import { createTensor, type Tensor, upload } from "@gpu/tensor";
import { type Formula, formulaOf } from "./formula-weights";

/** f32 values on their way to 4 bits: 16 MiB. */
const SCRATCH_ELEMENTS = 2 ** 22;

/** Fills tensors with their formula weights on the GPU. Nothing is waited for. */
export class FormulaWriter {
  readonly #gpu: Gpu;
  readonly #formulaSlice: Tensor;
  readonly #quantizeSlice: Tensor;
  readonly #fault: Tensor;
  #scratch: Tensor | undefined;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#formulaSlice = createFormulaSlice(gpu, "formula slice");
    this.#quantizeSlice = createQuantizeSlice(gpu, "quantize slice");
    this.#fault = createTensor(gpu, "quantize fault", [1], "u32");
    upload(gpu, this.#fault, new Uint32Array([NO_FAULT]));
  }

  /** An f32 tensor. */
  vector(name: string, tensor: Tensor): void {
    const { shape } = tensor;
    this.#write(formulaOf(name, shape), tensor, "f32", 0, elementCount(shape));
  }

  /** An f16 or int4 matrix; int4 by quantizing, as a conversion would. */
  matrix(name: string, { rows, cols, format, parts }: Matrix): void {
    const formula = formulaOf(name, [rows, cols]);
    for (const part of parts) {
      if (format === "int4") this.#quantize(formula, part, cols);
      else this.#write(formula, part.values, "f16", part.firstRow * cols, part.rows * cols);
    }
  }

  /** Frees the scratch memory, once the GPU is through with it. */
  destroy(): void {
    for (const tensor of [this.#formulaSlice, this.#quantizeSlice, this.#fault, this.#scratch]) {
      tensor?.buffer.destroy();
    }
  }

  /** The elements [first, first + count) of a tensor to the beginning of `out`. */
  #write(formula: Formula, out: Tensor | GPUBuffer, outType: "f32" | "f16", first: number, count: number): void {
    const { seed, base: values, factor } = formula;
    const base = createTensor(this.#gpu, "formula base", [values.length]);
    upload(this.#gpu, base, values);
    const dispatch = formulaWeights(this.#gpu, { slice: this.#formulaSlice, base, out, outType });
    for (let done = 0; done < count; done += MOST_FORMULA_ELEMENTS) {
      const slice = { seed, factor, period: values.length, first: first + done, outFirst: done };
      const most = Math.min(MOST_FORMULA_ELEMENTS, count - done);
      writeFormulaSlice(this.#gpu, this.#formulaSlice, { ...slice, count: most });
      submit(this.#gpu, [dispatch], most);
    }
    base.buffer.destroy();
  }

  #quantize(formula: Formula, { firstRow, rows, values: codes, scales }: MatrixPart, cols: number): void {
    if (!scales) return;
    this.#scratch ??= createTensor(this.#gpu, "formula values", [SCRATCH_ELEMENTS]);
    const tensors = { slice: this.#quantizeSlice, source: this.#scratch, codes, scales, fault: this.#fault };
    const dispatch = quantizeInt4(this.#gpu, { ...tensors, sourceType: "f32" });
    const elements = rows * cols;
    for (let done = 0; done < elements; done += SCRATCH_ELEMENTS) {
      const count = Math.min(SCRATCH_ELEMENTS, elements - done);
      const groups = count / GROUP_SIZE;
      this.#write(formula, this.#scratch, "f32", firstRow * cols + done, count);
      writeQuantizeSlice(this.#gpu, this.#quantizeSlice, { firstGroup: done / GROUP_SIZE, groups });
      submit(this.#gpu, [dispatch], groups);
    }
  }
}
