import type { Gpu } from "@gpu/device";
import { createTensor, type Tensor } from "@gpu/tensor";
import type { ModelConfig } from "../config";

/** What one Mamba layer remembers, whatever the length of the sequence. */
export interface MambaState {
  /** (innerSize, convWidth): the last inputs of the convolution, oldest first. */
  readonly convState: Tensor;
  /** (innerSize, stateSize): h of the selective scan. */
  readonly ssmState: Tensor;
}

export function createMambaState(gpu: Gpu, label: string, config: ModelConfig): MambaState {
  const { innerSize, convWidth, stateSize } = config;
  return {
    convState: createTensor(gpu, `${label} conv state`, [innerSize, convWidth]),
    ssmState: createTensor(gpu, `${label} SSM state`, [innerSize, stateSize]),
  };
}
