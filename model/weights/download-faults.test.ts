import { beforeAll, beforeEach, expect, test } from "vitest";
import { type DownloadProgress, download } from "./download";
import { StorageError } from "./errors";
import { MANIFEST_FILE, sumBytes } from "./format";
import { type ConvertedModel, convertAll } from "./testing/convert-all";
import { altered, broken, FakeServer, type Fault, status, tooLong, truncated, webPage } from "./testing/fake-server";
import { MemoryStore } from "./testing/memory-store";

const CHUNK = "weights-0002.bin";

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

const run = (onProgress?: (progress: DownloadProgress) => void) =>
  download({ baseUrl: "/models/small", model: "small", store, fetch: server.fetch, onProgress });

const requests = (name: string) => server.seen.filter((request) => request.name === name).map(({ cache }) => cache);

const passing: [string, Fault, string][] = [
  ["truncated", truncated, "ended after 486 of 972 bytes"],
  ["too long", tooLong, "longer than its 972 bytes"],
  ["altered", altered, "checksum differs"],
  ["cut off", broken, "The connection broke while weights-0002.bin was coming in"],
  ["answered with 503", status(503), "refused the model file weights-0002.bin (status 503)"],
];

test.each(passing)("fetches a chunk that was %s once more, past the HTTP cache", async (_, fault) => {
  server.failNext(CHUNK, fault);
  const done: number[] = [];
  const { fetchedBytes } = await run(({ doneBytes }) => done.push(doneBytes));
  expect(requests(CHUNK)).toEqual(["default", "reload"]);
  expect(fetchedBytes).toBe(sumBytes([...model.manifest.files, ...model.manifest.chunks]));
  expect(done.at(-1)).toBe(fetchedBytes);
});

test.each(passing)("names a chunk that was %s twice, and keeps the others", async (_, fault, message) => {
  server.failNext(CHUNK, fault, fault);
  const failing = run();
  await expect(failing).rejects.toMatchObject({ name: "ModelFileError" });
  await expect(failing).rejects.toThrow(message);
  expect(await store.held("small")).toContain(model.manifest.files[0]?.sha256);

  await expect(run()).resolves.toMatchObject({ isOffline: false });
});

test.each([
  ["404", status(404), "The model file weights-0002.bin is missing on the server."],
  ["403", status(403), "The server refused the model file weights-0002.bin (status 403)."],
  ["a web page", webPage, "In place of the model file weights-0002.bin the server sent a web page."],
] as [string, Fault, string][])("gives up on a chunk answered with %s at once", async (_, fault, message) => {
  server.failNext(CHUNK, fault, fault);
  await expect(run()).rejects.toThrow(message);
  expect(requests(CHUNK)).toHaveLength(1);
});

test.each([
  ["404", status(404), "manifest.json is missing on the server"],
  ["a web page", webPage, "the server sent a web page"],
  ["half a manifest", truncated, "manifest.json cannot be used"],
  ["another version", () => new Response('{"version":9}'), "format version 9; this page reads 2"],
] as [string, Fault, string][])("says what is wrong with the manifest: %s", async (_, fault, message) => {
  server.failNext(MANIFEST_FILE, fault);
  const failing = run();
  await expect(failing).rejects.toMatchObject({ name: "ModelFileError" });
  await expect(failing).rejects.toThrow(message);
});

test("asks whether this computer is online when there is no answer", async () => {
  server.goOffline();
  await expect(run()).rejects.toThrow("manifest.json could not be fetched. Is this computer online?");
});

test("says how much room is needed before it fetches a chunk", async () => {
  store.capacity = 2000;
  const failing = run();
  await expect(failing).rejects.toMatchObject({ name: "QuotaError", freeBytes: 2000 });
  await expect(failing).rejects.toThrow(/needs 0\.1 MB more storage, but this browser allows only 0 MB/);
  expect(server.takeSeen()).toEqual([MANIFEST_FILE]);
});

test("says how much room is still needed when it runs out on the way", async () => {
  store.capacity = 2500;
  store.estimate = undefined;
  const total = sumBytes([...model.manifest.files, ...model.manifest.chunks]);
  const failing = run();
  await expect(failing).rejects.toMatchObject({ name: "QuotaError" });
  const { neededBytes } = await failing.catch((error) => error);
  expect(neededBytes).toBeLessThan(total);
  expect(neededBytes).toBeGreaterThan(total - 2500);
});

test("passes on that storing is refused", async () => {
  store.put = async () => {
    throw new StorageError("refused");
  };
  await expect(run()).rejects.toMatchObject({ name: "StorageError" });
});
