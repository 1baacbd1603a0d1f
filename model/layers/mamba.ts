import { isFixed } from "@gpu/fixed-point";
import type { Dispatch } from "@gpu/kernel";
import { depthwiseConv } from "@gpu/kernels/depthwise-conv/depthwise-conv";
import { canGateMemory, type ScanStepTensors, scanStepGated, scanStepMemory } from "@gpu/kernels/scan-step/scan-step";
import { type ScanPath, scanGated, scanMemory } from "@gpu/kernels/selective-scan/selective-scan";
import { siluGate } from "@gpu/kernels/silu-gate/silu-gate";
import type { Matrix } from "@gpu/matrix";
import type { Tensor } from "@gpu/tensor";
import type { MambaState } from "../state/mamba-state";
import { between, type LayerContext, layerWeights } from "./layer-context";
import { linear } from "./linear";
import { fusedNormLinear, mixerNorm, mlpNorm, normedLinear } from "./norm";
import { addToResidual } from "./residual";

/**
 * residual += Mamba-1(LayerNorm(residual)). FORMAT.md, "Mamba-1".
 *
 * @param publishesMemory the layer whose scan output, before the z gate, is the GMU memory.
 */
export function mamba(context: LayerContext, index: number, state: MambaState, publishesMemory: boolean): Dispatch[] {
  const { matrix } = layerWeights(context, index);
  const outProj = matrix("attn.out_proj.weight");
  const fuses = context.fuses && matrix("attn.in_proj.weight").format === "int4";
  const x = fuses ? scanned(context, outProj, publishesMemory) : context.activations.inner;
  return [
    ...(fuses ? fusedScan : plainScan)(context, index, state, publishesMemory),
    ...addToResidual(context, { weight: outProj, x }, mlpNorm(index)),
  ];
}

/** inner = the gated scan output, for any number of rows. */
function plainScan(context: LayerContext, index: number, state: MambaState, publishesMemory: boolean): Dispatch[] {
  const { gpu, step, activations } = context;
  const { xz, inner, projected, delta } = activations;
  const { matrix, vector } = layerWeights(context, index);
  const store = { kind: "store" } as const;
  return [
    ...normedLinear(context, mixerNorm(index), { weight: matrix("attn.in_proj.weight"), out: xz, epilogue: store }),
    depthwiseConv(gpu, { step, x: xz, ...convTensors(context, index), state: state.convState, out: inner }),
    ...linear(context, { weight: matrix("attn.x_proj.weight"), x: inner, out: projected, epilogue: store }),
    ...linear(context, {
      weight: matrix("attn.dt_proj.weight"),
      x: projected,
      bias: vector("attn.dt_proj.bias"),
      out: delta,
      epilogue: store,
    }),
    selectiveScan(context, index, state, publishesMemory),
    ...(publishesMemory ? [gateMemory(context)] : []),
  ];
}

/**
 * The scan of any number of rows: inner becomes its gated output, or memory its plain one.
 *
 * @param path for measuring; the default is what suits the adapter.
 */
export function selectiveScan(
  context: LayerContext,
  index: number,
  state: MambaState,
  publishesMemory: boolean,
  path?: ScanPath,
): Dispatch {
  const { gpu, activations } = context;
  const { xz, inner, delta, memory } = activations;
  const scan = { ...scanTensors(context, index, state), u: inner, delta };
  return publishesMemory ? scanMemory(gpu, { ...scan, memory }, path) : scanGated(gpu, { ...scan, xz }, path);
}

/** As plainScan, for one row: the convolution goes with the projection before it, dt_proj with the scan. */
function fusedScan(context: LayerContext, index: number, state: MambaState, publishesMemory: boolean): Dispatch[] {
  const { gpu, step, activations } = context;
  const { xz, projected } = activations;
  const { matrix, vector } = layerWeights(context, index);
  const inner = scanned(context, matrix("attn.out_proj.weight"), publishesMemory);
  const { weight: taps, bias } = convTensors(context, index);
  const epilogue = { kind: "convolve" as const, step, taps, bias, state: state.convState };
  const scan = {
    ...scanTensors(context, index, state),
    xz,
    weight: matrix("attn.dt_proj.weight"),
    bias: vector("attn.dt_proj.bias"),
  };
  return [
    ...fusedNormLinear(context, mixerNorm(index), { weight: matrix("attn.in_proj.weight"), out: xz, epilogue }),
    ...linear(context, {
      weight: matrix("attn.x_proj.weight"),
      x: xz,
      out: projected,
      epilogue: { kind: "store" },
    }),
    ...(publishesMemory ? publish(context, scan, inner) : [scanStepGated(gpu, { ...scan, out: inner })]),
  ];
}

const scanTensors = (context: LayerContext, index: number, { ssmState }: MambaState) => ({
  step: context.step,
  projected: context.activations.projected,
  aLog: layerWeights(context, index).vector("attn.A_log"),
  d: layerWeights(context, index).vector("attn.D"),
  state: ssmState,
});

/** The checkpoint has the taps as (innerSize, 1, convWidth), as PyTorch wants a depthwise convolution. */
function convTensors(context: LayerContext, index: number) {
  const { innerSize, convWidth } = context.config;
  const { vector } = layerWeights(context, index);
  const weight = { ...vector("attn.conv1d.weight"), shape: [innerSize, convWidth] };
  return { weight, bias: vector("attn.conv1d.bias") };
}

/** Where the fused scan leaves its gated output. */
const scanned = (context: LayerContext, outProj: Matrix, publishesMemory: boolean): Tensor =>
  publishesMemory && !canGateMemory(context.gpu) ? context.activations.inner : between(context, "inner", outProj);

/** memory = the scan's output, inner = what the gate leaves of it: in the same dispatch where inner is in fixed point. */
function publish(context: LayerContext, scan: Omit<ScanStepTensors, "out">, inner: Tensor): Dispatch[] {
  const { gpu, activations } = context;
  const published = { ...scan, out: activations.memory };
  if (isFixed(inner)) return [scanStepMemory(gpu, { ...published, gated: inner })];
  return [scanStepMemory(gpu, published), gateMemory(context)];
}

/** inner = memory ⊙ SiLU(z). */
function gateMemory({ gpu, step, config, activations: { memory, xz, inner } }: LayerContext): Dispatch {
  return siluGate(gpu, { step, x: memory, gate: xz, gateOffset: config.innerSize, out: inner });
}
