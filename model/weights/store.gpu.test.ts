import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { download } from "./download";
import { refetchFrom } from "./repair";
import { type ModelStore, openModelStore } from "./store";
import { storedPieces } from "./stored-model";
import { type ConvertedModel, convertAll } from "./testing/convert-all";
import { FakeServer } from "./testing/fake-server";

// In Chromium because IndexedDB is the browser's. The GPU is not needed.

const DATABASE = "store-test";
const ORIGIN = { kind: "folder", baseUrl: "/small" } as const;

let model: ConvertedModel;
let store: ModelStore;

beforeEach(async () => {
  indexedDB.deleteDatabase(DATABASE);
  store = await openModelStore(DATABASE);
  model = await convertAll();
});

afterEach(() => {
  vi.restoreAllMocks();
  store.close();
});

test("keeps pieces by model and hash, over reopening", async () => {
  await store.put("a", "1", Uint8Array.of(1, 2, 3));
  await store.put("a", "1", Uint8Array.of(1, 2, 3));
  await store.put("a", "2", Uint8Array.of(4));
  await store.put("ab", "3", Uint8Array.of(5));
  store.close();
  store = await openModelStore(DATABASE);
  expect(await store.held("a")).toEqual(new Set(["1", "2"]));
  expect(await store.get("a", "1")).toEqual(Uint8Array.of(1, 2, 3));
  expect(await store.get("ab", "1")).toBeUndefined();
  await store.drop("a", "1");
  expect(await store.held("a")).toEqual(new Set(["2"]));
  expect(await store.list()).toEqual(["a", "ab"]);
  await store.delete("a");
  expect(await store.list()).toEqual(["ab"]);
  expect(await store.held("ab")).toEqual(new Set(["3"]));
});

test("reads what earlier pages stored as an array, and stores one where Blobs are refused", async () => {
  const put = IDBObjectStore.prototype.put;
  const refused = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (
    this: IDBObjectStore,
    value,
    key,
  ) {
    if (value instanceof Blob) throw new DOMException("no Blobs in a private window", "DataCloneError");
    return put.call(this, value, key);
  });
  await store.put("a", "1", Uint8Array.of(1, 2, 3));
  expect(refused.mock.calls.map(([value]) => value instanceof Blob)).toEqual([true, false]);
  vi.restoreAllMocks();
  await store.put("a", "2", Uint8Array.of(4));
  expect([await store.get("a", "1"), await store.get("a", "2")]).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
});

test("a Blob whose file is gone is a damaged piece: it is fetched again, and without a way to that left for another try", async () => {
  const server = new FakeServer(model.files);
  const source = { baseUrl: "/small", store, model: "small", fetch: server.fetch };
  await download(source);
  server.takeSeen();
  const [piece] = model.manifest.chunks;
  if (!piece) throw new Error("there are chunks");
  const loseOnce = () =>
    vi.spyOn(Blob.prototype, "arrayBuffer").mockRejectedValueOnce(new DOMException("gone", "NotFoundError"));

  loseOnce();
  const read = storedPieces(store, "small", { repair: refetchFrom(source) });
  expect(await read(piece)).toEqual(model.files[piece.name]);
  expect(server.takeSeen()).toEqual([piece.name]);

  loseOnce();
  await expect(storedPieces(store, "small")(piece)).rejects.toThrow(`The stored copy of ${piece.name} is damaged.`);
  expect(await storedPieces(store, "small")(piece)).toEqual(model.files[piece.name]);
});

test("adopting a manifest drops what it does not list, of this model alone", async () => {
  const kept = model.manifest.chunks[0]?.sha256 ?? "";
  await store.put("a", kept, Uint8Array.of(1));
  await store.put("a", "stranger", Uint8Array.of(2));
  await store.put("b", "stranger", Uint8Array.of(3));
  await store.adopt("a", model.manifest, ORIGIN);
  expect(await store.held("a")).toEqual(new Set([kept]));
  expect(await store.held("b")).toEqual(new Set(["stranger"]));
  expect(await store.manifest("a")).toEqual(model.manifest);
  expect(await store.manifest("b")).toBeUndefined();
});

test("keeps how far an import is, and gives it up with all that only it knew", async () => {
  const draft = { fingerprint: "f", versions: {}, files: [], chunks: {} };
  const listed = model.manifest.chunks[0]?.sha256 ?? "";
  await store.saveDraft("a", draft);
  expect([await store.draft("a"), await store.list()]).toEqual([draft, ["a"]]);
  await store.put("a", listed, Uint8Array.of(1));
  await store.put("a", "new", Uint8Array.of(2));
  await store.adopt("b", model.manifest, ORIGIN);
  await store.discardDraft("a");
  expect([await store.draft("a"), (await store.held("a")).size]).toEqual([undefined, 0]);

  await store.saveDraft("b", draft);
  await store.put("b", listed, Uint8Array.of(1));
  await store.put("b", "new", Uint8Array.of(2));
  await store.discardDraft("b");
  expect(await store.held("b")).toEqual(new Set([listed]));
  await store.saveDraft("b", draft);
  await store.adopt("b", model.manifest, ORIGIN);
  expect([await store.draft("b"), await store.origin("b")]).toEqual([undefined, ORIGIN]);
});

test("ends an interrupted delete when it is opened again", async () => {
  await store.put("a", "1", Uint8Array.of(1));
  await store.put("b", "1", Uint8Array.of(1));
  await store.adopt("a", model.manifest, ORIGIN);
  await store.put("a", "1", Uint8Array.of(1));
  // The tab is closed before the second transaction.
  vi.spyOn(IDBObjectStore.prototype, "delete").mockImplementation(function (this: IDBObjectStore, key) {
    if (this.name === "pieces") throw new DOMException("closed", "InvalidStateError");
    const stored = this.openCursor(key);
    stored.onsuccess = () => stored.result?.delete();
    return stored as unknown as IDBRequest<undefined>;
  });
  await expect(store.delete("a")).rejects.toMatchObject({ name: "StorageError" });
  vi.restoreAllMocks();
  expect([await store.manifest("a"), await store.origin("a"), await store.list()]).toEqual([
    undefined,
    undefined,
    ["b"],
  ]);
  expect((await store.held("a")).size).toBe(1);
  store.close();
  store = await openModelStore(DATABASE);
  expect([(await store.held("a")).size, (await store.held("b")).size]).toEqual([0, 1]);
});

test("two tabs can download the same model at once, and a third finds it there", async () => {
  const server = new FakeServer(model.files);
  const other = await openModelStore(DATABASE);
  const options = { baseUrl: "/small", model: "small", fetch: server.fetch };
  await Promise.all([download({ ...options, store }), download({ ...options, store: other })]);
  expect((await store.held("small")).size).toBe(model.manifest.files.length + model.manifest.chunks.length);
  expect(await download({ ...options, store: other })).toMatchObject({ fetchedBytes: 0 });
  other.close();
});

test("makes way for another tab that deletes or upgrades the database", async () => {
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DATABASE);
    request.onsuccess = resolve;
    request.onerror = reject;
  });
  await expect(store.held("a")).rejects.toMatchObject({ name: "StorageError" });
});

test("tells what is needed and what is free when the quota is exceeded", async () => {
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  vi.spyOn(navigator.storage, "estimate").mockResolvedValue({ quota: 5e6, usage: 3e6 });
  const putting = store.put("a", "1", new Uint8Array(8e6));
  await expect(putting).rejects.toMatchObject({ name: "QuotaError", neededBytes: 8e6, freeBytes: 2e6 });
  await expect(putting).rejects.toThrow("needs 8 MB more storage, but this browser allows only 2 MB");
});

test("says so when the browser refuses IndexedDB", async () => {
  vi.spyOn(indexedDB, "open").mockImplementation(() => {
    throw new DOMException("denied", "SecurityError");
  });
  const opening = openModelStore(DATABASE);
  await expect(opening).rejects.toMatchObject({ name: "StorageError" });
  await expect(opening).rejects.toThrow("refused to store the model (denied)");
});
