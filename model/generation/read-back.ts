import type { Gpu } from "@gpu/device";
import { STEP_WORDS } from "@gpu/step";
import type { Tensor } from "@gpu/tensor";

/** What the GPU says after a submit. */
export interface Report {
  /** Tokens that the state has consumed. */
  readonly position: number;
  /** The model ended its turn. */
  readonly done: boolean;
  /** Tokens sampled in this turn so far. */
  readonly drawn: number;
  /** Token ids; the one drawn as number n lies at n mod length. */
  readonly emitted: Uint32Array;
}

/** Where sampled ids come back: a few mapped buffers in turn, so that no submit waits for the one before to be read. */
export class ReadBack {
  readonly #step: Tensor;
  readonly #emitted: Tensor;
  readonly #free: GPUBuffer[] = [];
  readonly #gpu: Gpu;

  constructor(gpu: Gpu, step: Tensor, emitted: Tensor) {
    this.#gpu = gpu;
    this.#step = step;
    this.#emitted = emitted;
  }

  /** `record` adds the copy to the end of a submit; `read`, to be called after that submit, waits for its result. */
  take(): { record: (encoder: GPUCommandEncoder) => void; read: () => Promise<Report> } {
    const staging = this.#free.pop() ?? this.#create();
    const stepBytes = STEP_WORDS * 4;
    return {
      record: (encoder) => {
        encoder.copyBufferToBuffer(this.#step.buffer, 0, staging, 0, stepBytes);
        encoder.copyBufferToBuffer(this.#emitted.buffer, 0, staging, stepBytes, this.#emitted.buffer.size);
      },
      read: () => this.#read(staging),
    };
  }

  async #read(staging: GPUBuffer): Promise<Report> {
    await staging.mapAsync(GPUMapMode.READ);
    const words = new Uint32Array(staging.getMappedRange()).slice();
    staging.unmap();
    this.#free.push(staging);
    const [position = 0, , done = 0, drawn = 0] = words;
    return { position, done: done === 1, drawn, emitted: words.subarray(STEP_WORDS) };
  }

  #create(): GPUBuffer {
    const size = STEP_WORDS * 4 + this.#emitted.buffer.size;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    return this.#gpu.device.createBuffer({ label: "sampled ids read-back", size, usage });
  }

  destroy(): void {
    for (const staging of this.#free) staging.destroy();
  }
}
