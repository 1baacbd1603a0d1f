import { beforeAll, expect, test } from "vitest";
import { ManifestError } from "./errors";
import { type Manifest, spellManifest } from "./format";
import { parseManifest } from "./parse-manifest";
import { convertAll } from "./testing/convert-all";

let manifest: Manifest;
beforeAll(async () => {
  manifest = (await convertAll()).manifest;
});

/** The manifest with one entry replaced: "chunks.0.bytes". */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(manifest) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let target = copy;
  for (const key of keys) target = target[key] as Record<string, unknown>;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return copy;
}

test("survives being written and read, without what it does not know", () => {
  const json = JSON.parse(spellManifest(manifest));
  expect(parseManifest({ ...json, extra: 1 })).toEqual(manifest);
});

test.each([
  ["version", 1, "format version 1; this page reads 2"],
  ["version", undefined, "manifest.json.version is missing"],
  ["name", "", 'manifest.json.name is ""'],
  ["description", 5, "manifest.json.description is 5"],
  ["parameters", 1.5, "manifest.json.parameters is 1.5"],
  ["config", [], "manifest.json.config is []"],
  ["quantization.matrices", "int3", 'quantization.matrices is "int3", expected one of int4, f16'],
  ["quantization", null, "manifest.json.quantization is null"],
  ["files", [], "files lacks tokenizer.json"],
  ["files", {}, "files is {}, expected a list"],
  ["files.0.name", "../secret", 'files[0].name is "../secret"'],
  ["files.0.name", "//host", 'files[0].name is "//host"'],
  ["files.1.sha256", "ab", 'files[1].sha256 is "ab"'],
  ["files.1.sha256", "A".repeat(64), "files[1].sha256 is"],
  ["files.1.bytes", 2 ** 40, "files[1].bytes is 1099511627776"],
  ["files.1.bytes", 0, "files[1].bytes is 0"],
  ["chunkBytes", 2 ** 32, "chunkBytes is 4294967296"],
  ["tensors.0.shape", [20, 128], "chunks[0].bytes is 972, expected 936"],
  ["chunkBytes", 2000, "chunks are 5, but the tensors fill 3"],
  ["chunks", [], "chunks is empty"],
  ["chunks.0", 7, "chunks[0] is 7, expected an object"],
  ["chunks.0.bytes", 996, "bytes, but the tensors have"],
  ["chunks.1.name", "weights-0000.bin", "the name weights-0000.bin occurs twice"],
  ["tensors", "all", 'tensors is "all"'],
  ["tensors.1.name", "model.embed_tokens.weight", "the tensor model.embed_tokens.weight occurs twice"],
  ["tensors.0.format", "int8", 'tensors[0].format is "int8"'],
  ["tensors.0.shape", [40, 65], "tensors[0]: model.embed_tokens.weight has 65 columns"],
  ["tensors.0.shape", [2560], "expected (rows, cols)"],
  ["tensors.0.shape", [], "tensors[0].shape is []"],
  ["tensors.0.shape", [0, 64], "tensors[0].shape is [0,64]"],
  ["tensors.0.shape", [2 ** 30, 2 ** 30], "tensors[0].shape is"],
  ["tensors.5.shape", [6], "bytes, but the tensors have"],
  ["tensors.5.shape", [4], "bytes, but the tensors have"],
])("refuses %s = %j", (path, value, message) => {
  const parse = () => parseManifest(changed(path, value));
  expect(parse).toThrow(ManifestError);
  expect(parse).toThrow(message);
});

test.each([null, undefined, "text", [], 3])("refuses %j in place of a manifest", (json) => {
  expect(() => parseManifest(json)).toThrow(ManifestError);
});
