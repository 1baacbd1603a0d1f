import type { Gpu } from "./device";
import type { Tensor } from "./tensor";

export type Workgroups = readonly [x: number, y: number, z: number];

/** Everything a compute pass needs to run one kernel once. */
export interface Dispatch {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  /** The grid for a run over this many rows (tokens); a kernel made for one row ignores the number. */
  readonly workgroups: (tokens: number) => Workgroups;
}

export interface KernelCall {
  readonly label: string;
  readonly wgsl: string;
  /** Name of the entry point; may be left out when the WGSL file has one. */
  readonly entryPoint?: string;
  /** Values for the `override` constants of the WGSL file. */
  readonly constants: Readonly<Record<string, number>>;
  /** By @binding number in @group(0): exactly those that the entry point uses. */
  readonly bindings: Readonly<Record<number, Tensor | GPUBuffer>>;
  readonly workgroups: Dispatch["workgroups"];
}

/** Compiles (once per shader, entry point and constants) and binds. Mistakes are reported by WebGPU's error scopes. */
export function prepare(gpu: Gpu, call: KernelCall): Dispatch {
  const { label, workgroups } = call;
  const pipeline = compile(gpu, call);
  const bindGroup = gpu.device.createBindGroup({
    label,
    layout: pipeline.getBindGroupLayout(0),
    entries: Object.entries(call.bindings).map(([binding, bound]) => ({
      binding: Number(binding),
      resource: { buffer: "buffer" in bound ? bound.buffer : bound },
    })),
  });
  return { label, pipeline, bindGroup, workgroups };
}

function compile(gpu: Gpu, { label, wgsl, entryPoint, constants }: KernelCall): GPUComputePipeline {
  const key = JSON.stringify([wgsl, entryPoint, constants]);
  const cached = gpu.pipelines.get(key);
  if (cached) return cached;
  const module = gpu.device.createShaderModule({ label, code: wgsl });
  const compute = { module, constants, ...(entryPoint ? { entryPoint } : {}) };
  const pipeline = gpu.device.createComputePipeline({ label, layout: "auto", compute });
  gpu.pipelines.set(key, pipeline);
  return pipeline;
}
