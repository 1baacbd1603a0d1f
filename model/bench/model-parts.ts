import type { ModelConfig } from "../config";
import { type LayerKind, layerPlan } from "../layer-plan";

/** What a dispatch works for: a kind of layer, without its MLP, or what all layers share. */
export type ModelPart = "embedding" | LayerKind | "mlp" | "lm head" | "sampler";

/** The dispatches of a recording that work for one part. */
export interface PartDispatches {
  readonly part: ModelPart;
  /** How many layers they are of; 1 for what is there once. */
  readonly layers: number;
  /** Where they stand in the recording. */
  readonly indices: readonly number[];
}

const ORDER: readonly ModelPart[] = [
  ...(["embedding", "mamba", "sliding", "full", "gmu", "cross"] as const),
  ...(["mlp", "lm head", "sampler"] as const),
];

/**
 * Groups a recording by what its dispatches work for, in order of the model.
 *
 * @param labels of the dispatches in running order. One that names no tensor works for the layer of the last one that
 *   did; a LayerNorm, which stands before what it is for, for the layer of the next.
 */
export function modelParts(labels: readonly string[], config: ModelConfig): PartDispatches[] {
  const kinds = layerPlan(config);
  const named = labels.map((label) => placeOf(label, kinds));
  const found = new Map<ModelPart, { indices: number[]; layers: Set<string> }>();
  let last: Place | undefined;
  for (const [index, label] of labels.entries()) {
    last = named[index] ?? (isBefore(label) ? named.slice(index).find(Boolean) : undefined) ?? last;
    if (!last) throw new Error(`The dispatch "${label}" belongs to no part of the model.`);
    const { indices, layers } = found.get(last.part) ?? { indices: [], layers: new Set() };
    indices.push(index);
    layers.add(last.layer);
    found.set(last.part, { indices, layers });
  }
  return ORDER.flatMap((part) => {
    const dispatches = found.get(part);
    return dispatches ? [{ part, layers: dispatches.layers.size, indices: dispatches.indices }] : [];
  });
}

interface Place {
  readonly part: ModelPart;
  readonly layer: string;
}

const isBefore = (label: string): boolean => label === "layer-norm" || label === "take-last";

/** Undefined for a dispatch that says no place. */
function placeOf(label: string, kinds: readonly LayerKind[]): Place | undefined {
  const [kernel] = label.split(" ");
  if (kernel === "sample" || kernel === "embedding")
    return { part: kernel === "sample" ? "sampler" : kernel, layer: "" };
  if (label.includes("model.embed_tokens")) return { part: "lm head", layer: "" };
  const [, layer = "", block] = /layers[.](\d+)[.](mlp|attn)/.exec(label) ?? [];
  const kind = kinds[Number(layer)];
  if (!(layer && kind)) return undefined;
  return { part: block === "mlp" ? block : kind, layer };
}
