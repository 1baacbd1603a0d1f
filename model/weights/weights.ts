import type { Gpu } from "@gpu/device";
import { createMatrix, type Matrix, writeMatrix } from "@gpu/matrix";
import { assertThat } from "@gpu/shape";
import { createTensor, type Tensor } from "@gpu/tensor";
import { matrixShape, type StoredPart, type StoredTensor, storedSize } from "./stored-tensor";

/** The model asked for a tensor that the weights do not have, or not in that form. */
export class MissingTensorError extends Error {
  override readonly name = "MissingTensorError";
}

/** A model's tensors in GPU memory. int4 and f16 tensors are matrices, f32 tensors are vectors (of any shape). */
export interface Weights {
  /** @throws MissingTensorError */
  matrix(name: string): Matrix;
  /** @throws MissingTensorError */
  vector(name: string): Tensor;
  /**
   * Writes stored bytes into one part of a tensor, from this byte of the part on. Offset and length are whole words.
   *
   * @throws MissingTensorError for an unknown name or part; ShapeError when the bytes reach outside the part.
   */
  write(name: string, part: StoredPart, byteOffset: number, bytes: Uint8Array): void;
  /** Stored bytes of all tensors: codes, scales and values. */
  readonly totalBytes: number;
  /** Frees the GPU memory. Nothing here may be used afterwards. */
  destroy(): void;
}

/**
 * Allocates every tensor, filled with zeros.
 *
 * @throws ShapeError when a format cannot hold a shape; GpuFaultError when a vector exceeds what the device binds at once.
 * Nothing stays allocated then.
 */
export function allocateWeights(gpu: Gpu, tensors: readonly StoredTensor[]): Weights {
  const stored = new Map(tensors.map((tensor) => [tensor.name, { ...tensor, size: storedSize(tensor) }]));
  const matrices = new Map<string, Matrix>();
  const vectors = new Map<string, Tensor>();
  const weights: Weights = {
    matrix: (name) => found(matrices, name, vectors.has(name) ? "a matrix; it is stored as f32" : "among the weights"),
    vector: (name) => found(vectors, name, matrices.has(name) ? "a vector; it is a matrix" : "among the weights"),
    write(name, part, byteOffset, bytes) {
      const capacity = found(stored, name, "among the weights").size[part];
      assertFits(`${name} (${part})`, capacity, byteOffset, bytes.byteLength);
      const matrix = matrices.get(name);
      if (matrix) return writeMatrix(gpu, matrix, part, byteOffset, bytes);
      writeTensor(gpu, found(vectors, name, "among the weights"), byteOffset, bytes);
    },
    totalBytes: [...stored.values()].reduce((sum, { size }) => sum + size.values + size.scales, 0),
    destroy() {
      for (const { buffer } of vectors.values()) buffer.destroy();
      for (const part of [...matrices.values()].flatMap(({ parts }) => parts)) {
        part.values.destroy();
        part.scales?.destroy();
      }
    },
  };

  try {
    for (const { name, shape, format } of stored.values()) {
      if (format === "f32") vectors.set(name, createTensor(gpu, name, shape));
      else matrices.set(name, createMatrix(gpu, name, format, ...matrixShape(name, shape)));
    }
    return weights;
  } catch (error) {
    weights.destroy();
    throw error;
  }
}

function found<T>(tensors: ReadonlyMap<string, T>, name: string, expected: string): T {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new MissingTensorError(`${name} is not ${expected}.`);
  return tensor;
}

function assertFits(label: string, capacity: number, offset: number, length: number): void {
  assertThat(capacity > 0, `${label} does not exist`);
  assertThat(offset % 4 === 0 && length % 4 === 0, `${label}: bytes ${offset} + ${length} are not whole words`);
  assertThat(
    offset >= 0 && offset + length <= capacity,
    `${label} holds ${capacity} bytes, cannot take ${offset} + ${length}`,
  );
}

function writeTensor({ device }: Gpu, { buffer }: Tensor, offset: number, bytes: Uint8Array): void {
  device.queue.writeBuffer(buffer, offset, bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
