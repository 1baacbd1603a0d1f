import type { ModelConfig } from "./config";

/** What mixes tokens in a layer. FORMAT.md, "Layer kinds". */
export type LayerKind = "mamba" | "sliding" | "full" | "gmu" | "cross";

/** The layer kinds from the first layer to the last. */
export function layerPlan({ numLayers }: Pick<ModelConfig, "numLayers">): LayerKind[] {
  return Array.from({ length: numLayers }, (_, index) => layerKind(index, memoryLayer(numLayers)));
}

/** The Mamba layer whose scan output every GMU reads. The next layer is the one with full attention. */
export const memoryLayer = (numLayers: number): number => numLayers / 2;

function layerKind(index: number, half: number): LayerKind {
  if (index % 2 === 0) return index <= half ? "mamba" : "gmu";
  if (index < half) return "sliding";
  return index === half + 1 ? "full" : "cross";
}
