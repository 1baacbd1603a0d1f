import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "@model/config";
import { modelFiles } from "@model/oracle/stand-in/model-files";
import { tensorPlan } from "@model/tensor-plan";
import { MANIFEST_FILE, sumBytes } from "@model/weights/format";
import { parseManifest } from "@model/weights/parse-manifest";
import { sha256 } from "@model/weights/sha256";
import { nanoCheckpoint } from "@model/weights/testing/nano-checkpoint";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runConvert } from "./convert-command";

let folder: string;
let reported: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "convert-"));
  reported = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    reported += text;
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** A checkpoint with every tensor of a four-layer model, in two files. */
async function writeCheckpoint(): Promise<void> {
  const files = { ...nanoCheckpoint(), ...modelFiles({ vocab_size: 320 }) };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

const texts = ["--name", "small", "--description", "Random.", "--licence", "MIT", "--origin", "a test"];
const to = () => join(folder, "out");
const command = (...more: string[]) => runConvert(["--from", folder, "--to", to(), ...texts, ...more]);

async function readChecked(model: string) {
  const manifest = parseManifest(JSON.parse(await readFile(join(model, MANIFEST_FILE), "utf8")));
  const pieces = [...manifest.files, ...manifest.chunks];
  for (const { name, bytes, sha256: hash } of pieces) {
    const content = new Uint8Array(await readFile(join(model, name)));
    expect([name, content.byteLength, await sha256(content)]).toEqual([name, bytes, hash]);
  }
  return manifest;
}

test("writes a model that its manifest describes, and does not replace it unasked", async () => {
  await writeCheckpoint();
  expect(await command("--chunk-mib", "1")).toBe(0);
  const manifest = await readChecked(to());
  expect(manifest).toMatchObject({ name: "small", chunkBytes: 2 ** 20, quantization: { matrices: "int4" } });
  expect(reported).toContain(`${manifest.tensors.length} tensors`);
  await writeFile(join(to(), "notes.txt"), "mine");

  expect(await command()).toBe(1);
  expect(reported).toContain("files already; --force replaces a former conversion");

  expect(await command("--matrices", "f16", "--force")).toBe(0);
  expect((await readChecked(to())).quantization).toMatchObject({ matrices: "f16", embedding: "f16" });
  expect(await readdir(to())).toContain("notes.txt");
});

test.each([
  [["--chunk-mib", "0.5"], "--chunk-mib must be from 1 to 64"],
  [["--matrices", "int8"], "--matrices must be int4 or f16"],
  [["--licence", ""], "--licence is missing"],
  [["--colour", "red"], "Unknown option '--colour'"],
])("explains %j with the usage", async (more, message) => {
  expect(await command(...more)).toBe(1);
  expect(reported).toContain(message);
  expect(reported).toContain("usage: npm run convert");
});

test("refuses a tokenizer that the page could not use, before it writes anything", async () => {
  await writeCheckpoint();
  await writeFile(join(folder, "tokenizer.json"), "{}");
  expect(await command()).toBe(1);
  expect(reported).toContain("TokenizerError");
  expect(await readdir(to())).toEqual([]);
});

test("says what the checkpoint lacks", async () => {
  expect(await command()).toBe(1);
  expect(reported).toBe("CheckpointError: The checkpoint has no file config.json.\n");
});

test("the tiny model in public/ is whole, and small enough to ship", async () => {
  const manifest = await readChecked("public/models/tiny");
  expect(sumBytes([...manifest.files, ...manifest.chunks])).toBeLessThan(12e6);
  expect((await stat(join("public/models/tiny", MANIFEST_FILE))).size).toBeLessThan(50e3);
  expect(manifest.description).toMatch(/tiny arithmetic model/);
  const plan = tensorPlan(parseConfig(manifest.config));
  expect(manifest.tensors.map(({ name }) => name)).toEqual(plan.map(({ name }) => name));
});
