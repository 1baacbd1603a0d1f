import { beforeAll, beforeEach, expect, test } from "vitest";
import { type DownloadOptions, type DownloadProgress, download } from "./download";
import { MANIFEST_FILE, sumBytes } from "./format";
import { readModelFile, storedPieces } from "./stored-model";
import { type ConvertedModel, convertAll } from "./testing/convert-all";
import { FakeServer, stalled } from "./testing/fake-server";
import { MemoryStore } from "./testing/memory-store";

let model: ConvertedModel;
let server: FakeServer;
let store: MemoryStore;

beforeAll(async () => {
  model = await convertAll();
});

beforeEach(() => {
  server = new FakeServer(model.files);
  store = new MemoryStore();
});

const run = (options: Partial<DownloadOptions> = {}) =>
  download({ baseUrl: "https://models.example/small/", model: "small", store, fetch: server.fetch, ...options });

const piecesOf = ({ manifest }: ConvertedModel) => [...manifest.files, ...manifest.chunks];

test("brings every piece into the store and tells how far it is", async () => {
  const seen: DownloadProgress[] = [];
  const done = await run({ onProgress: (progress) => seen.push(progress) });

  const totalBytes = sumBytes(piecesOf(model));
  expect(done).toEqual({ manifest: model.manifest, fetchedBytes: totalBytes, isOffline: false });
  const read = storedPieces(store, "small");
  for (const piece of piecesOf(model)) expect(await read(piece)).toEqual(model.files[piece.name]);
  expect(seen[0]).toEqual({ doneBytes: 0, totalBytes });
  expect(seen.at(-1)).toEqual({ doneBytes: totalBytes, totalBytes });
  expect(seen.map(({ doneBytes }) => doneBytes)).toEqual(seen.map(({ doneBytes }) => doneBytes).sort((a, b) => a - b));
});

test("on the second visit asks for the manifest alone, past the cache", async () => {
  await run();
  server.seen.length = 0;
  expect(await run()).toMatchObject({ fetchedBytes: 0, isOffline: false });
  expect(server.seen).toEqual([{ name: MANIFEST_FILE, cache: "no-cache" }]);
});

test("goes on after an abort with what is missing", async () => {
  const abort = new AbortController();
  const last = model.manifest.chunks.at(-1) ?? { name: "", bytes: 0 };
  server.failNext(last.name, stalled);
  const onProgress = ({ doneBytes, totalBytes }: DownloadProgress) => {
    if (doneBytes > totalBytes - last.bytes) abort.abort();
  };
  await expect(run({ signal: abort.signal, onProgress })).rejects.toMatchObject({ name: "AbortError" });
  const held = await store.held("small");
  const missing = piecesOf(model).filter(({ sha256 }) => !held.has(sha256));
  expect(missing.length).toBeGreaterThan(0);
  expect(held.size).toBeGreaterThan(0);

  server.takeSeen();
  const done = await run();
  expect(server.takeSeen().sort()).toEqual([MANIFEST_FILE, ...missing.map(({ name }) => name)].sort());
  expect(done.fetchedBytes).toBe(sumBytes(missing));
});

test("an abort before the beginning asks for nothing", async () => {
  await expect(run({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  expect(server.takeSeen()).toEqual([]);
});

test("keeps what a new manifest still lists and drops the rest", async () => {
  await run();
  const changed = await convertAll({ embedding: "f16" });
  server.files = { ...changed.files };
  server.takeSeen();
  const done = await run();
  expect(done.manifest).toEqual(changed.manifest);
  expect(server.takeSeen()).not.toContain("tokenizer.json");
  expect([...(await store.held("small"))].sort()).toEqual(
    piecesOf(changed)
      .map(({ sha256 }) => sha256)
      .sort(),
  );
});

test("fetches pieces of the same content once", async () => {
  const { manifest } = model;
  const twin = { ...manifest.files[0], name: "twin.json" };
  const files = { ...model.files, "twin.json": model.files["tokenizer.json"] ?? new Uint8Array() };
  server.files = {
    ...files,
    [MANIFEST_FILE]: new TextEncoder().encode(JSON.stringify({ ...manifest, files: [...manifest.files, twin] })),
  };
  await run();
  const seen = server.takeSeen();
  expect(seen.filter((name) => ["tokenizer.json", "twin.json"].includes(name))).toHaveLength(1);
});

test("takes a complete stored model when the server cannot be reached or talks nonsense", async () => {
  await run();
  server.goOffline();
  expect(await run()).toEqual({ manifest: model.manifest, fetchedBytes: 0, isOffline: true });
  server.goOffline(false);
  server.files = { [MANIFEST_FILE]: new TextEncoder().encode("{}") };
  expect(await run()).toMatchObject({ isOffline: true });
});

test.each(["a piece", "the manifest"])("does not take a stored model that lacks %s", async (part) => {
  await run();
  if (part === "a piece") await store.drop("small", model.manifest.chunks[1]?.sha256 ?? "");
  else store.manifests.set("small", { version: 0 });
  server.goOffline();
  await expect(run()).rejects.toMatchObject({ name: "ModelFileError" });
});

test("reads a file of the model as text, and finds damage in the store", async () => {
  const { manifest } = await run();
  const read = storedPieces(store, "small");
  expect(await readModelFile(manifest, "generation_config.json", read)).toBe('{"temperature":0.6}');
  const chunk = manifest.chunks[0] ?? { name: "", bytes: 0, sha256: "" };
  const bytes = store.pieces.get(`small/${chunk.sha256}`);
  if (bytes) bytes[0] = (bytes[0] ?? 0) ^ 255;
  await expect(storedPieces(store, "small", { verify: false })(chunk)).resolves.toBeDefined();
  await expect(read(chunk)).rejects.toThrow("The stored copy of weights-0000.bin is damaged");
  await expect(read(chunk)).rejects.toThrow("The stored model lacks weights-0000.bin");
  server.takeSeen();
  await run();
  expect(server.takeSeen()).toEqual([MANIFEST_FILE, "weights-0000.bin"]);
});
