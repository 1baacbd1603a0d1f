import type { KernelCall } from "../../kernel";
import type { Matrix } from "../../matrix";
import { assertShape, assertThat } from "../../shape";
import type { Tensor } from "../../tensor";

/**
 * The first `channels` columns of y go through a causal convolution and SiLU, one new input each; the others are stored.
 * FORMAT.md, "Mamba-1".
 */
export interface Convolve {
  kind: "convolve";
  step: Tensor;
  /** (channels, 4) f32, oldest first. */
  taps: Tensor;
  /** (channels) f32. */
  bias: Tensor;
  /** (channels, 4) f32: the last inputs, oldest first. Not written when step.done. */
  state: Tensor;
}

/** y = [queries | keys | values]: queries are stored, the others appended to the cache at step.position. */
export interface Append {
  kind: "append";
  step: Tensor;
  /** (capacity, width) f16: position p in slot p mod capacity. Not written when step.done. */
  keys: Tensor;
  /** (capacity, width) f16. */
  values: Tensor;
}

/** What an epilogue with an entry point of its own adds to the call. */
export type StatefulCall = Pick<KernelCall, "constants" | "bindings"> & { entryPoint: string };

const CONV_WIDTH = 4;

/** @throws ShapeError when shapes disagree. */
export function statefulCall(epilogue: Convolve | Append, weight: Matrix, bias: Tensor | undefined): StatefulCall {
  return epilogue.kind === "convolve" ? convolveCall(epilogue, weight, bias) : appendCall(epilogue, weight);
}

function convolveCall({ step, taps, bias, state }: Convolve, weight: Matrix, other: Tensor | undefined): StatefulCall {
  const [channels = 0] = taps.shape;
  assertThat(!other, `${weight.label}: the only bias of a convolution is its own`);
  assertShape("taps", taps.shape, [channels, CONV_WIDTH]);
  assertShape("conv bias", bias.shape, [channels]);
  assertShape("conv state", state.shape, [channels, CONV_WIDTH]);
  assertThat(channels <= weight.rows, `${channels} channels are more than the ${weight.rows} rows of ${weight.label}`);
  return { entryPoint: "convolve", constants: { channels }, bindings: { 0: step, 4: bias, 10: taps, 11: state } };
}

function appendCall({ step, keys, values }: Append, { label, rows }: Matrix): StatefulCall {
  const [capacity = 0, width = 0] = keys.shape;
  const queries = rows - 2 * width;
  assertShape("values", values.shape, keys.shape);
  assertThat(keys.type === "f16" && values.type === "f16", "keys and values are not both f16");
  assertThat(queries >= 0, `${label} has ${rows} rows, too few for keys and values of ${width}`);
  assertThat(width % 2 === 0 && queries % 2 === 0, `${label}: keys and values do not begin at whole words of f16`);
  return {
    entryPoint: "append",
    constants: { key_column: queries, width, capacity },
    bindings: { 0: step, 12: keys, 13: values },
  };
}
