import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ConvertedModel, convertAll } from "../weights/testing/convert-all";
import { FakeServer } from "../weights/testing/fake-server";
import { MemoryStore } from "../weights/testing/memory-store";
import { getModel } from "./get-model";
import { listModels } from "./list-models";
import { modelAtHand } from "./model-at-hand";
import { verifyModel } from "./verify-model";

let converted: ConvertedModel;
let server: FakeServer;
let store: MemoryStore;
const signal = new AbortController().signal;
const silent = { signal, onProgress: () => {} };
const source = { kind: "folder", baseUrl: "https://models.example/small" } as const;

beforeEach(async () => {
  converted = await convertAll();
  server = new FakeServer(converted.files);
  store = new MemoryStore();
  vi.stubGlobal("fetch", server.fetch);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const get = () => getModel({ store, model: "small", source, ...silent });
const entry = async (id: string) => (await listModels(store)).find((model) => model.id === id);

test("lists the two models that can always be had, absent at first", async () => {
  expect((await listModels(store)).map(({ id, status }) => [id, status])).toEqual([
    ["tiny", "absent"],
    ["phi-4-mini-flash-reasoning", "absent"],
  ]);
});

test("a model that was got is listed with what its manifest says, and is at hand", async () => {
  await get();
  const { name, licence } = converted.manifest;
  expect(await entry("small")).toMatchObject({ name, licence, status: "stored" });
  expect(await modelAtHand(store, "small", silent)).toEqual({ manifest: converted.manifest, fetchedBytes: 0 });
});

test("a model of which a part is missing is partly here, and not at hand", async () => {
  await get();
  await store.drop("small", converted.manifest.chunks[1]?.sha256 ?? "");
  const partial = await entry("small");
  expect(partial?.status).toBe("partial");
  expect(partial?.heldBytes).toBeLessThan(partial?.totalBytes ?? 0);
  await expect(modelAtHand(store, "small", silent)).rejects.toMatchObject({ name: "ModelNotStoredError" });
});

test("verifying finds the flipped byte, and fetches that piece alone", async () => {
  await get();
  const pieces = converted.manifest.files.length + converted.manifest.chunks.length;
  expect(await verifyModel(store, "small", silent)).toEqual({ pieces, repaired: [] });
  const chunk = converted.manifest.chunks[1];
  const bytes = store.pieces.get(`small/${chunk?.sha256}`);
  if (bytes) bytes[7] = (bytes[7] ?? 0) ^ 1;
  server.takeSeen();
  expect((await verifyModel(store, "small", silent)).repaired).toEqual([chunk?.name]);
  expect(server.takeSeen()).toEqual([chunk?.name]);
  expect((await verifyModel(store, "small", silent)).repaired).toEqual([]);
});

test("a damaged piece of a model whose files were picked says what to do", async () => {
  await get();
  store.origins.set("small", { kind: "picked", versions: {} });
  const chunk = converted.manifest.chunks[0];
  store.pieces.get(`small/${chunk?.sha256}`)?.fill(0);
  await expect(verifyModel(store, "small", silent)).rejects.toThrow(
    `${chunk?.name} is damaged, and what it was made from`,
  );
});
