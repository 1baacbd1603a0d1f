import { beforeEach, expect, test } from "vitest";
import type { Manifest } from "./format";
import { refetchFrom, remakeFrom } from "./repair";
import { UpstreamChangedError } from "./source-errors";
import { storedPieces } from "./stored-model";
import { memorySource } from "./testing/checkpoint-files";
import { convertAll } from "./testing/convert-all";
import { FakeServer } from "./testing/fake-server";
import { importNano, MODEL } from "./testing/import-nano";
import { MemoryStore } from "./testing/memory-store";
import { nanoCheckpoint } from "./testing/nano-checkpoint";

const files = nanoCheckpoint();
let store: MemoryStore;
let manifest: Manifest;

beforeEach(async () => {
  store = new MemoryStore();
  manifest = await importNano(files, store);
});

// Text compares a hundred times faster than an array does.
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const stored = () => new Map([...store.pieces].map(([key, bytes]) => [key, hex(bytes)]));

const pieces = () => [...manifest.files, ...manifest.chunks];

/** Flips a bit of every stored piece, or of one. */
function damage(name?: string): void {
  for (const { name: other, sha256 } of pieces()) {
    const bytes = store.pieces.get(`${MODEL}/${sha256}`);
    if (bytes && (name ?? other) === other) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  }
}

test("any damaged piece of an import is made again, and it alone", async () => {
  const before = stored();
  damage();
  const put: string[] = [];
  const watched = Object.assign(Object.create(store), {
    put: (model: string, sha256: string, bytes: Uint8Array<ArrayBuffer>) => {
      put.push(sha256);
      return store.put(model, sha256, bytes);
    },
  });
  const repair = remakeFrom({ source: memorySource(files), manifest, versions: {}, store: watched, model: MODEL });
  const read = storedPieces(store, MODEL, { repair });
  for (const piece of pieces()) {
    expect(hex(await read(piece))).toBe(before.get(`${MODEL}/${piece.sha256}`));
    expect(put.splice(0)).toEqual([piece.sha256]);
  }
  expect(stored()).toEqual(before);
});

test("a piece that is gone is made again as well", async () => {
  const [piece] = manifest.chunks.slice(-1);
  if (!piece) throw new Error("there are chunks");
  await store.drop(MODEL, piece.sha256);
  const repair = remakeFrom({ source: memorySource(files), manifest, versions: {}, store, model: MODEL });
  expect(await storedPieces(store, MODEL, { repair })(piece)).toHaveLength(piece.bytes);
});

test("says so when the checkpoint is another one, and tries again after a failure", async () => {
  damage("weights-0001.bin");
  const [, piece] = manifest.chunks;
  if (!piece) throw new Error("there are chunks");
  const others = nanoCheckpoint();
  for (const shard of ["one.safetensors", "two.safetensors"]) {
    const bytes = others[shard] ?? new Uint8Array();
    bytes.fill(0, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)));
  }
  const options = { manifest, store, model: MODEL };
  const other = remakeFrom({ ...options, source: memorySource(others), versions: {} });
  await expect(other(piece)).rejects.toThrow("came out different when made again");

  const versions = { "one.safetensors": { bytes: 1 } };
  const source = { ...memorySource(files), versions: () => ({ "one.safetensors": { bytes: 2 } }) };
  await expect(remakeFrom({ ...options, source, versions })(piece)).rejects.toThrow(UpstreamChangedError);

  let isOnline = false;
  const honest = memorySource(files);
  const flaky = {
    ...honest,
    size: (file: string) => (isOnline ? honest.size(file) : Promise.reject(new Error("offline"))),
  };
  const repair = remakeFrom({ ...options, source: flaky, versions: {} });
  await expect(storedPieces(store, MODEL, { repair })(piece)).rejects.toThrow("offline");
  expect(await store.held(MODEL)).toContain(piece.sha256);
  isOnline = true;
  expect(await storedPieces(store, MODEL, { repair })(piece)).toHaveLength(piece.bytes);
});

test("a damaged piece of a download is fetched again, and it alone", async () => {
  const model = await convertAll();
  const server = new FakeServer(model.files);
  const repair = refetchFrom({ baseUrl: "/small/", store, model: "small", fetch: server.fetch });
  const [piece] = model.manifest.chunks;
  if (!piece) throw new Error("there are chunks");
  expect(await storedPieces(store, "small", { repair })(piece)).toEqual(model.files[piece.name]);
  expect(server.takeSeen()).toEqual([piece.name]);
  expect(await storedPieces(store, "small")(piece)).toEqual(model.files[piece.name]);
});
