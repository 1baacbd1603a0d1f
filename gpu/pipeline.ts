import { GpuFaultError } from "./errors";

export interface Program {
  readonly label: string;
  readonly wgsl: string;
  /** Name of the entry point; may be left out when the WGSL file has one. */
  readonly entryPoint?: string;
  /** Values for the `override` constants of the WGSL file. */
  readonly constants: Readonly<Record<string, number>>;
}

/** A compute pipeline that is compiled when it is first used, or ahead of that without holding anybody up. */
export class Pipeline {
  readonly #device: GPUDevice;
  readonly #program: Program;
  #compiled: GPUComputePipeline | undefined;
  #compiling: Promise<void> | undefined;

  constructor(device: GPUDevice, program: Program) {
    this.#device = device;
    this.#program = program;
  }

  /** Compiled here and now unless `compile` has done it. Mistakes are reported by WebGPU's error scopes. */
  get compiled(): GPUComputePipeline {
    this.#compiled ??= this.#device.createComputePipeline(this.#describe());
    return this.#compiled;
  }

  /**
   * Compiles in the background; asked again, waits for the same.
   *
   * @throws GpuFaultError with the kernel's name and the compiler's message.
   */
  compile(): Promise<void> {
    this.#compiling ??= this.#compile();
    return this.#compiling;
  }

  async #compile(): Promise<void> {
    if (this.#compiled) return;
    // Closed before anything is awaited, so that scopes of what runs meanwhile are not mixed up with it.
    this.#device.pushErrorScope("validation");
    const descriptor = this.#describe();
    const verdict = this.#device.popErrorScope();
    const pipeline = this.#device.createComputePipelineAsync(descriptor);
    const [mistake, compiled] = await Promise.allSettled([verdict, pipeline]);
    // What is wrong in the shader itself says more than that a pipeline could not be made of it.
    const inShader = mistake.status === "fulfilled" ? mistake.value?.message : undefined;
    if (compiled.status === "fulfilled" && inShader === undefined) this.#compiled = compiled.value;
    else throw this.#fault(inShader ?? (compiled.status === "rejected" ? compiled.reason.message : ""));
  }

  #describe(): GPUComputePipelineDescriptor {
    const { label, wgsl, entryPoint, constants } = this.#program;
    const module = this.#device.createShaderModule({ label, code: wgsl });
    return { label, layout: "auto", compute: { module, constants, ...(entryPoint ? { entryPoint } : {}) } };
  }

  #fault(message: string): GpuFaultError {
    const { label, entryPoint } = this.#program;
    return new GpuFaultError(`compiling ${label}${entryPoint ? ` (${entryPoint})` : ""}: ${message}`);
  }
}
