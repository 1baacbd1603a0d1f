import type { Gpu } from "./device";
import { Pipeline, type Program } from "./pipeline";
import type { Tensor } from "./tensor";

export type Workgroups = readonly [x: number, y: number, z: number];

/** Everything a compute pass needs to run one kernel once. */
export interface Dispatch {
  readonly label: string;
  readonly pipeline: Pipeline;
  /** Made at the first call, since only a compiled pipeline knows its layout. */
  bind(): GPUBindGroup;
  /** The grid for a run over this many rows (tokens); a kernel made for one row ignores the number. */
  readonly workgroups: (tokens: number) => Workgroups;
}

export interface KernelCall extends Program {
  /** By @binding number in @group(0): exactly those that the entry point uses. */
  readonly bindings: Readonly<Record<number, Tensor | GPUBuffer>>;
  readonly workgroups: Dispatch["workgroups"];
}

/**
 * A kernel with its tensors. Nothing is compiled here: `compile` (recording.ts) does it for a whole recording in the
 * background, and what is encoded without it is compiled then.
 */
export function prepare(gpu: Gpu, call: KernelCall): Dispatch {
  const { label, bindings, workgroups } = call;
  const pipeline = pipelineOf(gpu, call);
  let bindGroup: GPUBindGroup | undefined;
  const create = () =>
    gpu.device.createBindGroup({
      label,
      layout: pipeline.compiled.getBindGroupLayout(0),
      entries: Object.entries(bindings).map(([binding, bound]) => ({
        binding: Number(binding),
        resource: { buffer: "buffer" in bound ? bound.buffer : bound },
      })),
    });
  const bind = () => {
    bindGroup ??= create();
    return bindGroup;
  };
  return { label, pipeline, bind, workgroups };
}

/** One for each shader, entry point and constants. */
function pipelineOf(gpu: Gpu, { label, wgsl, entryPoint, constants }: Program): Pipeline {
  const key = JSON.stringify([wgsl, entryPoint, constants]);
  const known = gpu.pipelines.get(key);
  if (known) return known;
  const pipeline = new Pipeline(gpu.device, { label, wgsl, constants, ...(entryPoint ? { entryPoint } : {}) });
  gpu.pipelines.set(key, pipeline);
  return pipeline;
}
