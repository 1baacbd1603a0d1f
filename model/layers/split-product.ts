import type { Dispatch } from "@gpu/kernel";
import { f16MatmulSplit } from "@gpu/kernels/f16-matmul/f16-matmul";
import { int4MatmulSplit } from "@gpu/kernels/int4-matmul/int4-matmul";
import { matmulMerge } from "@gpu/kernels/matmul-merge/matmul-merge";
import type { LinearTensors } from "@gpu/linear";
import type { Matrix } from "@gpu/matrix";
import type { Tensor } from "@gpu/tensor";
import type { LayerContext } from "./layer-context";

/** So many give each of a large card's cores several to change between: five for each of 132. */
const ENOUGH_WORKGROUPS = 640;
/** With fewer, handing partial sums over takes about as long as making them. */
const LEAST_COLUMNS = 128;

/**
 * A product of many rows whose columns are shared out, in two dispatches: where W has few rows, a chunk of tokens has too
 * few tiles to fill a graphics card.
 *
 * @param whole the same product in one go.
 * @returns `whole` where that fills a card, or nothing is free to hold partial sums; and on software adapters.
 */
export function splitWhereFew(context: LayerContext, tensors: LinearTensors, whole: readonly Dispatch[]): Dispatch[] {
  const { gpu, step, activations } = context;
  const { weight, x } = tensors;
  const scratch = gpu.adapter.isFallback ? undefined : freeScratch(context, tensors);
  const splits = scratch ? splitCount(activations.tokens, weight, scratch, whole) : 1;
  if (!scratch || splits < 2) return [...whole];
  const partials = { ...scratch, shape: [activations.tokens, splits * weight.rows] };
  const product = weight.format === "int4" ? int4MatmulSplit : f16MatmulSplit;
  return [
    ...product(gpu, { step, weight, x, partials, splits }),
    matmulMerge(gpu, { ...tensors, step, partials, splits }),
  ];
}

function splitCount(tokens: number, { rows, cols }: Matrix, scratch: Tensor, whole: readonly Dispatch[]): number {
  const workgroups = whole.reduce((sum, dispatch) => sum + dispatch.workgroups(tokens).reduce((x, y) => x * y), 0);
  const [, room = 0] = scratch.shape;
  return Math.floor(Math.min(ENOUGH_WORKGROUPS / workgroups, cols / LEAST_COLUMNS, room / rows));
}

/** A mixer leaves the MLP's scratch alone, and an MLP the mixer's, except where the product itself works with it. */
function freeScratch({ activations }: LayerContext, { x, out, epilogue }: LinearTensors): Tensor | undefined {
  const used = [x, out, ...(epilogue.kind === "gate" ? [epilogue.gate] : [])].map(({ buffer }) => buffer);
  return [activations.mlp, activations.xz].find(({ buffer }) => !used.includes(buffer));
}
