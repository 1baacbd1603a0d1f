import type { Gpu } from "../../device";
import { type Dispatch, prepare } from "../../kernel";
import { assertShape, assertThat, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./depthwise-conv.wgsl?raw";

const WORKGROUP_SIZE = 64;
const TILE = 16;
/** Of every published Mamba-1; the kernel holds the window in one vec4f. */
const CONV_WIDTH = 4;

export interface DepthwiseConvTensors {
  step: Tensor;
  /** (tokens, at least innerSize) f32; the first innerSize columns are read. */
  x: Tensor;
  /** (innerSize, 4) f32, the tap on the newest input last. */
  weight: Tensor;
  /** (innerSize) f32. */
  bias: Tensor;
  /** (innerSize, 4) f32: the last inputs, oldest first; zeros at the start of a sequence. Not written when step.done. */
  state: Tensor;
  /** (tokens, innerSize) f32. */
  out: Tensor;
}

/**
 * out[t] = SiLU(bias + Σₖ weight[k] · x[t − 3 + k]), going on from `state`. FORMAT.md, "Mamba-1": u = SiLU(causal
 * depthwise conv, width 4, with bias).
 *
 * @throws ShapeError when shapes disagree or the width is not 4.
 */
export function depthwiseConv(gpu: Gpu, { step, x, weight, bias, state, out }: DepthwiseConvTensors): Dispatch {
  const [tokens = 0, stride = 0] = x.shape;
  const [innerSize = 0] = bias.shape;
  assertShape("x", x.shape, [tokens, stride]);
  assertThat(stride >= innerSize, `x has ${stride} columns, expected at least ${innerSize}`);
  assertShape("weight", weight.shape, [innerSize, CONV_WIDTH]);
  assertShape("bias", bias.shape, [innerSize]);
  assertShape("state", state.shape, [innerSize, CONV_WIDTH]);
  assertShape("out", out.shape, [tokens, innerSize]);
  return prepare(gpu, {
    label: "depthwise-conv",
    wgsl,
    constants: { inner_size: innerSize, x_stride: stride },
    bindings: { 0: step, 1: x, 2: weight, 3: bias, 4: state, 5: out },
    workgroups: (rows) => [ceilDiv(innerSize, WORKGROUP_SIZE), ceilDiv(rows, TILE), 1],
  });
}
