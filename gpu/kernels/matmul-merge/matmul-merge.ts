import type { Gpu } from "../../device";
import { EPILOGUE_CODES } from "../../epilogue";
import { type Dispatch, prepare } from "../../kernel";
import { assertOutput, type LinearTensors, outputCount, type SplitTensors } from "../../linear";
import { assertShape, ceilDiv } from "../../shape";
import type { Tensor } from "../../tensor";
import wgsl from "./matmul-merge.wgsl?raw";

export type MatmulMergeTensors = Omit<LinearTensors, "x"> & Omit<SplitTensors, "x"> & { step: Tensor };

const WORKGROUP_SIZE = 64;

/**
 * Puts together what int4MatmulSplit or f16MatmulSplit left in `partials`: adds it up, adds the bias, then the epilogue.
 *
 * @throws ShapeError when shapes disagree.
 */
export function matmulMerge(gpu: Gpu, tensors: MatmulMergeTensors): Dispatch {
  const { step, weight, partials, splits, bias, biasOffset = 0, out, epilogue } = tensors;
  const [tokens = 0, outStride = 0] = out.shape;
  const outputs = outputCount(tensors);
  assertOutput(tensors);
  assertShape(partials.label, partials.shape, [tokens, splits * weight.rows]);
  if (epilogue.kind === "gate") assertShape("gate rows", [epilogue.gate.shape[0] ?? 0], [tokens]);
  return prepare(gpu, {
    label: `matmul-merge ${epilogue.kind} ${weight.label}`,
    wgsl,
    constants: {
      outputs,
      rows: weight.rows,
      splits,
      out_stride: outStride,
      has_bias: bias ? 1 : 0,
      bias_offset: biasOffset,
      epilogue: EPILOGUE_CODES[epilogue.kind],
    },
    // What is missing is never read, but a binding cannot be left empty.
    bindings: {
      0: step,
      1: partials,
      4: bias ?? partials,
      5: epilogue.kind === "gate" ? epilogue.gate : partials,
      6: out,
    },
    workgroups: (tokens) => [ceilDiv(outputs, WORKGROUP_SIZE), tokens, 1],
  });
}
