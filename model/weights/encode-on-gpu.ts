import type { Gpu } from "@gpu/device";
import { GpuFaultError } from "@gpu/errors";
import { codeBytes, GROUP_SIZE, scaleBytes } from "@gpu/int4";
import {
  createQuantizeSlice,
  NO_FAULT,
  quantizeInt4,
  writeQuantizeSlice,
} from "@gpu/kernels/quantize-int4/quantize-int4";
import { checked, submit } from "@gpu/recording";
import { createTensor } from "@gpu/tensor";
import { type Encode, type EncodedRun, encodeRun } from "./encode";

/** Values that the kernel is given at once: 8 MiB of f32, a run of make-chunks.ts. With the results, 10 MiB on the GPU. */
const SLICE_ELEMENTS = 2 ** 21;

/** `fault`, in the read-back. */
const FAULT_BYTES = 4;

/** Values with which the GPU proves itself. */
const TRIAL_ELEMENTS = 512 * GROUP_SIZE;

/**
 * An `Encode` that quantizes to int4 on the GPU and does everything else on the CPU, with the bytes of `encodeRun`. It
 * is tried out first. When the GPU fails, then or later (the device is lost, memory runs out, another result than the
 * CPU's), a warning says so and all goes on on the CPU: a run in which it failed is encoded there from its beginning,
 * so nothing is lost. Its memory is freed with the device.
 */
export async function encodeOnGpu(gpu: Gpu): Promise<Encode> {
  let quantize: Quantize | undefined = await checked(gpu, "preparing the quantizer", () => prepareQuantizer(gpu)).catch(
    giveUp,
  );
  if (quantize && !(await isTrustworthy(quantize).catch(giveUp))) quantize = undefined;
  return async (format, values) => {
    // Two groups share a word of scales; an odd number is rare and small.
    if (format !== "int4" || !quantize || values.length % (2 * GROUP_SIZE) !== 0) return encodeRun(format, values);
    const encoded = await quantize(values).catch(giveUp);
    if (!encoded) quantize = undefined;
    // The CPU says which value it is that cannot be stored.
    return !encoded || encoded === "unstorable" ? encodeRun(format, values) : encoded;
  };
}

function giveUp(cause: unknown): undefined {
  console.warn("The graphics card is not used for quantizing any more; the processor goes on, more slowly.", cause);
}

/**
 * @param values an even number of whole groups
 * @throws GpuFaultError; whatever the browser throws when the device is lost.
 */
type Quantize = (values: Float32Array) => Promise<EncodedRun | "unstorable">;

/** The kernel with buffers that are used for every slice. */
function prepareQuantizer(gpu: Gpu): Quantize {
  const slice = createQuantizeSlice(gpu, "import slice");
  const source = createTensor(gpu, "import source", [SLICE_ELEMENTS]);
  const fault = createTensor(gpu, "import fault", [1], "u32");
  const codes = createTensor(gpu, "import codes", [codeBytes(1, SLICE_ELEMENTS) / 4], "u32");
  const scales = createTensor(gpu, "import scales", [scaleBytes(1, SLICE_ELEMENTS) / 2], "f16");
  const kernel = quantizeInt4(gpu, { slice, source, sourceType: "f32", codes, scales, fault });
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const size = FAULT_BYTES + codeBytes(1, SLICE_ELEMENTS) + scaleBytes(1, SLICE_ELEMENTS);
  const readBack = gpu.device.createBuffer({ label: "import read-back", size, usage });

  /** Fault, codes and scales, one after the other. */
  const run = async (values: Float32Array): Promise<ArrayBuffer> => {
    const { queue } = gpu.device;
    const groups = values.length / GROUP_SIZE;
    queue.writeBuffer(source.buffer, 0, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
    queue.writeBuffer(fault.buffer, 0, Uint32Array.of(NO_FAULT));
    writeQuantizeSlice(gpu, slice, { firstGroup: 0, groups });
    const codesEnd = FAULT_BYTES + codeBytes(1, values.length);
    const after = (encoder: GPUCommandEncoder) => {
      encoder.copyBufferToBuffer(fault.buffer, 0, readBack, 0, FAULT_BYTES);
      encoder.copyBufferToBuffer(codes.buffer, 0, readBack, FAULT_BYTES, codeBytes(1, values.length));
      encoder.copyBufferToBuffer(scales.buffer, 0, readBack, codesEnd, scaleBytes(1, values.length));
    };
    submit(gpu, [kernel], groups, { after });
    await readBack.mapAsync(GPUMapMode.READ);
    const bytes = readBack.getMappedRange(0, codesEnd + scaleBytes(1, values.length)).slice(0);
    readBack.unmap();
    return bytes;
  };

  return async (values) => {
    const encoded = {
      values: new Uint8Array(codeBytes(1, values.length)),
      scales: new Uint8Array(scaleBytes(1, values.length)),
    };
    for (let first = 0; first < values.length; first += SLICE_ELEMENTS) {
      const part = values.subarray(first, first + SLICE_ELEMENTS);
      const bytes = await checked(gpu, "quantizing", () => run(part));
      if (new Uint32Array(bytes, 0, 1)[0] !== NO_FAULT) return "unstorable";
      const codesEnd = FAULT_BYTES + codeBytes(1, part.length);
      encoded.values.set(new Uint8Array(bytes, FAULT_BYTES, codesEnd - FAULT_BYTES), codeBytes(1, first));
      encoded.scales.set(new Uint8Array(bytes, codesEnd), scaleBytes(1, first));
    }
    return encoded;
  };
}

/** Whether the GPU gives the bytes of the CPU for values of many sizes. */
async function isTrustworthy(quantize: Quantize): Promise<boolean> {
  const values = Float32Array.from({ length: TRIAL_ELEMENTS }, (_, i) => Math.sin(i * i) * 2 ** (((i >> 5) % 24) - 20));
  const found = await quantize(values);
  const expected = encodeRun("int4", values);
  if (found !== "unstorable" && isEqual(found.values, expected.values) && isEqual(found.scales, expected.scales))
    return true;
  giveUp(new GpuFaultError("The graphics card quantizes to other bytes than the processor."));
  return false;
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
