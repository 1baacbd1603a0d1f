import type { Dispatch } from "@gpu/kernel";
import { takeLast } from "@gpu/kernels/take-last/take-last";
import type { LayerContext } from "./layer-context";

/** The last row of a prefill run becomes the one row that the cross-decoder goes on with: its residual and GMU memory. */
export function narrow({ gpu, step, activations }: LayerContext, one: LayerContext): Dispatch[] {
  return [
    takeLast(gpu, { step, rows: activations.residual, out: one.activations.residual }),
    takeLast(gpu, { step, rows: activations.memory, out: one.activations.memory }),
  ];
}
