import { expect, test } from "vitest";
import { openCheckpoint } from "./checkpoint";
import { convert } from "./convert";
import { CheckpointError } from "./errors";
import { MODEL_FILES } from "./format";
import { fromF16, UnstorableValueError } from "./half";
import { parseManifest } from "./parse-manifest";
import { dequantizeReference } from "./quantize.reference";
import type { WantedTensor } from "./recipe";
import { sha256 } from "./sha256";
import type { StoredTensor } from "./stored-tensor";
import { type Files, fileTensor, memorySource, safetensorsFile, smallCheckpoint } from "./testing/checkpoint-files";
import { type ConvertedModel, convertAll, partOf } from "./testing/convert-all";
import { uniform } from "./testing/values";

/** The values of a stored tensor, by the format's description alone. */
function restored(model: ConvertedModel, { name, format }: StoredTensor): Float32Array {
  const values = partOf(model, name, "values");
  if (format === "f32") return new Float32Array(values.buffer);
  if (format === "f16") return Float32Array.from(new Uint16Array(values.buffer), fromF16);
  return dequantizeReference(values, Array.from(new Uint16Array(partOf(model, name, "scales").buffer), fromF16));
}

const distance = (a: Float32Array, b: Float32Array) =>
  Math.hypot(...a.map((value, i) => value - (b[i] ?? NaN))) / Math.hypot(...b);

test.each([
  { matrices: "int4", bounds: { int4: 0.1, f16: 4e-4, f32: 0 } },
  { matrices: "f16", bounds: { int4: 0, f16: 4e-4, f32: 0 } },
] as const)("keeps every tensor with $matrices matrices", async ({ matrices, bounds }) => {
  const model = await convertAll({ matrices, embedding: matrices });
  const checkpoint = await openCheckpoint(memorySource(smallCheckpoint().files));
  expect(model.manifest.tensors.map(({ format }) => format)).toEqual([matrices, "f32", matrices, "f32", "f16", "f32"]);
  for (const tensor of model.manifest.tensors) {
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    const published = await checkpoint.read(tensor.name, 0, count);
    expect(distance(restored(model, tensor), published)).toBeLessThanOrEqual(bounds[tensor.format]);
  }
});

test("the embedding may have a format of its own", async () => {
  const { manifest } = await convertAll({ embedding: "f16" });
  expect(manifest.tensors.map(({ format }) => format)).toEqual(["f16", "f32", "int4", "f32", "f16", "f32"]);
});

test("keeps the same values whatever the chunk size, each chunk with its size and hash", async () => {
  const whole = await convertAll({ chunkBytes: 1 << 20 });
  expect(whole.manifest.chunks).toHaveLength(1);
  const next = uniform(7);
  for (let trial = 0; trial < 8; trial++) {
    const chunkBytes = 36 + Math.floor(next() * (next() < 0.5 ? 100 : 4000));
    const model = await convertAll({ chunkBytes });
    for (const tensor of model.manifest.tensors) expect(restored(model, tensor)).toEqual(restored(whole, tensor));
    expect(parseManifest(JSON.parse(JSON.stringify(model.manifest)))).toEqual(model.manifest);
    for (const { name, bytes, sha256: hash } of [...model.manifest.files, ...model.manifest.chunks]) {
      const content = new Uint8Array(model.files[name] ?? []);
      expect([content.byteLength, await sha256(content)]).toEqual([bytes, hash]);
    }
  }
});

test("does the same again, and tells parameters, config and files", async () => {
  const [first, second] = [await convertAll(), await convertAll()];
  expect(second.manifest).toEqual(first.manifest);
  expect(first.manifest.parameters).toBe(40 * 64 + 13 + 70 * 64 + 36 + 11 * 18 + 5);
  expect(first.manifest.config).toMatchObject({ model_type: "phi4flash" });
  expect(first.manifest.files.map(({ name }) => name)).toEqual([...MODEL_FILES]);
});

test("stops at an abort", async () => {
  const { files, plan } = smallCheckpoint();
  const recipe = { ...(await convertAll()).manifest, matrices: "int4", embedding: "int4" } as const;
  const abort = new AbortController();
  const converting = convert(memorySource(files), () => plan, recipe, { signal: abort.signal });
  expect((await converting.next()).value).toMatchObject({ kind: "file" });
  abort.abort();
  const rest = async () => {
    for await (const { kind } of converting) expect(kind).toBe("file");
  };
  await expect(rest()).rejects.toMatchObject({ name: "AbortError" });
});

const withTensor = (files: Files, tensor: ReturnType<typeof fileTensor>): Files => ({
  "model.safetensors": safetensorsFile([tensor]),
  ...Object.fromEntries(Object.entries(files).filter(([name]) => name !== "model.safetensors.index.json")),
});

test.each([
  {
    wrong: "a missing tensor",
    names: ["a", "b"],
    rows: 2,
    values: [],
    message: "The checkpoint has no tensor b.",
    error: CheckpointError,
  },
  {
    wrong: "a wrong shape",
    names: ["a"],
    rows: 3,
    values: [],
    message: "a has shape (2, 32), the model",
    error: CheckpointError,
  },
  {
    wrong: "a NaN",
    names: ["a"],
    rows: 2,
    values: [0, NaN],
    message: "a: element 1 is NaN",
    error: UnstorableValueError,
  },
])("names the tensor for $wrong", async ({ names, rows, values, message, error }) => {
  const tensor = fileTensor("a", [2, 32], Float32Array.of(...values, ...new Float32Array(64 - values.length)), "F32");
  const files = withTensor(smallCheckpoint().files, tensor);
  const plan: WantedTensor[] = names.map((name) => ({ name, shape: [rows, 32], role: "matrix" }));
  const converting = convertAll({}, { files, plan });
  await expect(converting).rejects.toThrow(error);
  await expect(converting).rejects.toThrow(message);
});

test.each(["tokenizer.json", "config.json", "one.safetensors"])(
  "names the file %s when it is missing",
  async (name) => {
    const { files, plan } = smallCheckpoint();
    delete files[name];
    await expect(convertAll({}, { files, plan })).rejects.toThrow(`The checkpoint has no file ${name}.`);
  },
);
