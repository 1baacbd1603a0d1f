import { huggingFace } from "@model/weights/hugging-face";
import { importModel } from "@model/weights/import";
import { remakeFrom } from "@model/weights/repair";
import { sha256 } from "@model/weights/sha256";
import { storedPieces } from "@model/weights/stored-model";
import { convertAll } from "@model/weights/testing/convert-all";
import { MemoryStore } from "@model/weights/testing/memory-store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formulaRepository } from "./repository";
import type { StandIn } from "./server";
import { IMPATIENT, MICRO, NANO, PLAN, serveFormula } from "./testing";

const SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
const RECIPE = {
  name: "formula",
  description: "Formula weights.",
  origin: "a test",
  licence: "MIT",
  matrices: "int4",
  embedding: "int4",
  // Small, for a chunk of a small model is read in one or two requests.
  chunkBytes: 2 ** 14,
} as const;

let standIn: StandIn;
let store: MemoryStore;

beforeEach(async () => {
  standIn = await serveFormula(NANO);
  store = new MemoryStore();
});

afterEach(() => standIn.close());

const source = () => {
  const { baseUrl, repository, revision } = standIn;
  // Server and import share a thread here: a moment of silence does not mean that the server is gone.
  return huggingFace({ baseUrl, repository, revision, patience: { ...IMPATIENT, stallMs: 10_000 } });
};

function importFrom(options: { signal?: AbortSignal; startOver?: boolean } = {}) {
  const { baseUrl, repository, revision } = standIn;
  const origin = { kind: "hugging-face", baseUrl, repository, revision } as const;
  return importModel({ source: source(), origin, plan: PLAN, recipe: RECIPE, model: "m", store, ...options });
}

/** The same repository converted from files. */
function converted(config: Record<string, unknown>) {
  const files = [...formulaRepository(config, 1)].map(([name, file]) => [name, file.read(0, file.bytes)] as const);
  return convertAll(RECIPE, { files: Object.fromEntries(files), plan: [] }, PLAN);
}

test("brings the micro model over HTTP, through faults, to the bytes of a conversion from one file", {
  timeout: 60_000,
}, async () => {
  await standIn.close();
  standIn = await serveFormula(MICRO);
  for (const file of SHARDS) {
    standIn.faults.add({ kind: "drop", afterBytes: 100_000 }, { file, after: 3, times: 4 });
    standIn.faults.add({ kind: "status", status: 503 }, { file, after: 6, times: 3 });
  }
  const manifest = await importFrom();
  expect(manifest).toEqual((await converted(MICRO)).manifest);
  const read = storedPieces(store, "m");
  for (const piece of manifest.chunks) expect(await sha256(new Uint8Array(await read(piece)))).toBe(piece.sha256);
  const { baseUrl, repository, revision } = standIn;
  expect(await store.origin("m")).toMatchObject({ kind: "hugging-face", baseUrl, repository, revision });
});

test("goes on after the connection was lost for good, and reads no chunk twice that is stored", async () => {
  standIn.faults.add({ kind: "drop", afterBytes: 0 }, { file: SHARDS[1], after: 6, times: 99 });
  await expect(importFrom()).rejects.toMatchObject({ name: "ConnectionError" });
  const stored = Object.keys((await store.draft("m"))?.chunks ?? {});
  expect(stored.length).toBeGreaterThan(0);
  standIn.faults.clear();
  standIn.seen.length = 0;
  expect(await importFrom()).toEqual((await converted(NANO)).manifest);
  expect(standIn.seen.map(({ file }) => file)).not.toContain("tokenizer.json");
});

test.each(["etag", "longer"] as const)("explains between two rounds that the checkpoint changed: %s", async (what) => {
  standIn.faults.add({ kind: "status", status: 403 }, { file: SHARDS[1], after: 4, times: 1 });
  await expect(importFrom()).rejects.toMatchObject({ name: "ForbiddenError" });
  standIn.faults.add({ kind: what }, { file: SHARDS[0], times: 99 });
  const changed = importFrom();
  await expect(changed).rejects.toMatchObject({ name: "UpstreamChangedError" });
  await expect(changed).rejects.toThrow("was changed since this import began");
  standIn.faults.clear();
  expect((await importFrom({ startOver: true })).chunks).toHaveLength((await converted(NANO)).manifest.chunks.length);
});

test("wrong bytes on the way give another hash: found at repair, and made again from honest ones", async () => {
  const manifest = await importFrom();
  const [piece] = manifest.chunks;
  if (!piece) throw new Error("there are chunks");
  const bytes = store.pieces.get(`m/${piece.sha256}`);
  if (bytes) bytes[100] = (bytes[100] ?? 0) ^ 8;
  const origin = await store.origin("m");
  const versions = origin?.kind === "hugging-face" ? origin.versions : {};
  const repair = remakeFrom({ source: source(), manifest, versions, store, model: "m" });
  const read = storedPieces(store, "m", { repair });
  standIn.faults.add({ kind: "wrong-bytes" }, { file: SHARDS[0], after: 3, times: 99 });
  await expect(read(piece)).rejects.toThrow("came out different");
  standIn.faults.clear();
  standIn.seen.length = 0;
  expect(await sha256(new Uint8Array(await read(piece)))).toBe(piece.sha256);
  expect(await sha256(new Uint8Array(await storedPieces(store, "m")(piece)))).toBe(piece.sha256);
  const all = formulaRepository(NANO, 2).get(SHARDS[1] ?? "");
  expect(standIn.seen.filter(({ file }) => file === SHARDS[1]).length).toBeLessThan(all?.bytes ?? 0);
});
