import type { Dispatch } from "@gpu/kernel";
import { depthwiseConv } from "@gpu/kernels/depthwise-conv/depthwise-conv";
import { scanGated, scanMemory } from "@gpu/kernels/selective-scan/selective-scan";
import { siluGate } from "@gpu/kernels/silu-gate/silu-gate";
import type { MambaState } from "../state/mamba-state";
import { type LayerContext, layerWeights } from "./layer-context";
import { linear } from "./linear";

/**
 * residual += Mamba-1(normed). FORMAT.md, "Mamba-1".
 *
 * @param publishesMemory the layer whose scan output, before the z gate, is the GMU memory.
 */
export function mamba(context: LayerContext, index: number, state: MambaState, publishesMemory: boolean): Dispatch[] {
  const { gpu, step, activations } = context;
  const { normed, residual, xz, inner, projected, delta, memory } = activations;
  const { matrix, vector } = layerWeights(context, index);
  const store = { kind: "store" } as const;
  const scan = {
    step,
    u: inner,
    delta,
    projected,
    aLog: vector("attn.A_log"),
    d: vector("attn.D"),
    state: state.ssmState,
  };
  const { innerSize, convWidth } = context.config;
  // The checkpoint has the taps as (innerSize, 1, convWidth), as PyTorch wants a depthwise convolution.
  const taps = { ...vector("attn.conv1d.weight"), shape: [innerSize, convWidth] };
  return [
    ...linear(context, { weight: matrix("attn.in_proj.weight"), x: normed, out: xz, epilogue: store }),
    depthwiseConv(gpu, {
      step,
      x: xz,
      weight: taps,
      bias: vector("attn.conv1d.bias"),
      state: state.convState,
      out: inner,
    }),
    ...linear(context, { weight: matrix("attn.x_proj.weight"), x: inner, out: projected, epilogue: store }),
    ...linear(context, {
      weight: matrix("attn.dt_proj.weight"),
      x: projected,
      bias: vector("attn.dt_proj.bias"),
      out: delta,
      epilogue: store,
    }),
    ...(publishesMemory
      ? [
          scanMemory(gpu, { ...scan, memory }),
          siluGate(gpu, { step, x: memory, gate: xz, gateOffset: innerSize, out: inner }),
        ]
      : [scanGated(gpu, { ...scan, xz })]),
    ...linear(context, { weight: matrix("attn.out_proj.weight"), x: inner, out: residual, epilogue: { kind: "add" } }),
  ];
}
