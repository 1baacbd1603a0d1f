import type { ModelConfig } from "../config";
import { shippedFormat } from "../cost";
import { layerPlan } from "../layer-plan";
import { type PlannedTensor, tensorPlan } from "../tensor-plan";
import type { StoredFormat } from "../weights/stored-tensor";

/** Dispatches of a recording that do the same work on other tensors. */
export interface KernelGroup {
  /** As "int4-matvec add 2560×5120", "attention-split window", "layer-norm". */
  readonly name: string;
  /** The first word of its dispatches' labels. */
  readonly kernel: string;
  /** What it multiplies with, where a dispatch's label names a tensor. */
  readonly weight: Weight | undefined;
  /** Keys that attention sees: a window, or all. */
  readonly reach: "window" | "full";
  /** Where its dispatches stand in the recording. */
  readonly indices: readonly number[];
}

export interface Weight {
  readonly rows: number;
  readonly cols: number;
  readonly format: StoredFormat;
}

/**
 * Groups a recording by kernel and shape, whatever the layer, in order of first use.
 *
 * @param labels of the dispatches in running order. A dispatch whose label names no tensor belongs to the layer of the
 *   last one that did.
 */
export function groupKernels(labels: readonly string[], config: ModelConfig): KernelGroup[] {
  const plan = new Map(tensorPlan(config).map((tensor) => [tensor.name, tensor]));
  const kinds = layerPlan(config);
  const groups = new Map<string, KernelGroup & { readonly indices: number[] }>();
  let reach: KernelGroup["reach"] = "full";
  for (const [index, label] of labels.entries()) {
    const [tensorName = ""] = /model[.][\w.]+/.exec(label) ?? [];
    const layer = /layers[.](\d+)/.exec(tensorName)?.[1];
    if (layer) reach = kinds[Number(layer)] === "sliding" ? "window" : "full";
    const named = describe(label, weightOf(label, plan.get(tensorName), config), reach);
    const group = groups.get(named.name);
    if (group) group.indices.push(index);
    else groups.set(named.name, { ...named, reach, indices: [index] });
  }
  return [...groups.values()];
}

function describe(label: string, weight: Weight | undefined, reach: KernelGroup["reach"]) {
  const [what = label] = label.split(" model.");
  const [kernel = what] = what.split(" ");
  const remembers = /^(attention|kv)-/.test(kernel);
  const suffix = weight ? ` ${weight.rows}×${weight.cols}` : remembers ? ` ${reach}` : "";
  return { name: what + suffix, kernel, weight };
}

/** Prefill takes only the lower rows of the full layer's Wqkv. */
function weightOf(label: string, tensor: PlannedTensor | undefined, { hiddenSize }: ModelConfig): Weight | undefined {
  if (!tensor) return undefined;
  const [rows = 0, cols = 0] = tensor.shape;
  const skipped = label.endsWith("keys and values") ? hiddenSize : 0;
  return { rows: rows - skipped, cols, format: shippedFormat(tensor) };
}
