import { beforeAll, beforeEach, expect, test } from "vitest";
import type { ByteSource } from "./checkpoint";
import type { DownloadProgress } from "./download";
import { encodeRun } from "./encode";
import { QuotaError, StorageError } from "./errors";
import { UnstorableValueError } from "./half";
import { UpstreamChangedError } from "./source-errors";
import { type Files, memorySource } from "./testing/checkpoint-files";
import { convertNano, importNano, MODEL, NANO_RECIPE, rememberingEncode, storedNano } from "./testing/import-nano";
import { Killed, Killer } from "./testing/kill";
import { MemoryStore } from "./testing/memory-store";
import { nanoCheckpoint } from "./testing/nano-checkpoint";
import { uniform } from "./testing/values";

const files = nanoCheckpoint();
let converted: Map<string, string>;
let store: MemoryStore;

beforeAll(async () => {
  converted = await convertNano(files);
});

beforeEach(() => {
  store = new MemoryStore();
});

const inOrder = (pieces: Map<string, string>) => [...pieces].sort(([a], [b]) => (a < b ? -1 : 1));

test("stores what a conversion writes, byte for byte, and where it came from", async () => {
  const seen: DownloadProgress[] = [];
  const manifest = await importNano(files, store, { onProgress: (progress) => seen.push(progress) });
  expect(manifest.chunks.length).toBeGreaterThan(10);
  expect(inOrder(storedNano(store))).toEqual(inOrder(converted));
  expect(await store.origin(MODEL)).toEqual({ kind: "picked", versions: {} });
  expect(await store.draft(MODEL)).toBeUndefined();
  expect(store.pieces.size).toBe(manifest.chunks.length + manifest.files.length);
  expect(seen[0]?.doneBytes).toBe(0);
  expect(seen.at(-1)?.doneBytes).toBe(seen[0]?.totalBytes);
});

test("ends in the bytes of a conversion after being killed at any of 200 random moments", {
  timeout: 120_000,
}, async () => {
  const encode = rememberingEncode();
  const watched = (killer: Killer, into: MemoryStore) =>
    importNano(files, killer.watch(into), { source: killer.watch(memorySource(files)), encode });
  const counter = new Killer(Number.POSITIVE_INFINITY);
  await watched(counter, new MemoryStore());
  const next = uniform(3);
  let kills = 0;
  for (let trial = 0; kills < 200; trial++) {
    const survivor = new MemoryStore();
    // Some die soon again and again, some late or at the very end.
    let patience = counter.steps * (trial % 3 === 0 ? 0.3 : 1.1);
    for (let isDone = false; !isDone; patience *= 1.1) {
      const killer = new Killer(Math.floor(next() * patience));
      isDone = await watched(killer, survivor).then(
        () => true,
        (error) => {
          expect(error).toBeInstanceOf(Killed);
          kills += 1;
          return false;
        },
      );
    }
    expect(inOrder(storedNano(survivor))).toEqual(inOrder(converted));
    expect(survivor.pieces.size).toBe(converted.size - 1);
    expect(survivor.drafts.size).toBe(0);
  }
});

/** A source that counts reads of weights, which come in ranges. */
function counted(source: ByteSource): ByteSource & { reads: number } {
  const counting = {
    ...source,
    reads: 0,
    read(...args: Parameters<ByteSource["read"]>) {
      if (args[0].endsWith(".safetensors")) counting.reads += 1;
      return source.read(...args);
    },
  };
  return counting;
}

test("goes on after a pause without making again what is stored", async () => {
  const whole = counted(memorySource(files));
  await importNano(files, new MemoryStore(), { source: whole });

  const abort = new AbortController();
  const made: number[] = [];
  const onProgress = ({ doneBytes, totalBytes }: DownloadProgress) => {
    if (doneBytes > totalBytes / 2) abort.abort();
  };
  await expect(importNano(files, store, { signal: abort.signal, onProgress })).rejects.toMatchObject({
    name: "AbortError",
  });
  const stored = Object.keys((await store.draft(MODEL))?.chunks ?? {}).length;
  expect(stored).toBeGreaterThan(3);
  expect(await store.manifest(MODEL)).toBeUndefined();

  const rest = counted(memorySource(files));
  await importNano(files, store, { source: rest, onProgress: ({ doneBytes }) => made.push(doneBytes) });
  expect(rest.reads).toBeLessThan(whole.reads);
  expect(made[0]).toBeGreaterThan(0);
  expect(inOrder(storedNano(store))).toEqual(inOrder(converted));
});

test("makes again what was dropped in between", async () => {
  const abort = new AbortController();
  const onProgress = ({ doneBytes, totalBytes }: DownloadProgress) => doneBytes > totalBytes / 2 && abort.abort();
  await expect(importNano(files, store, { signal: abort.signal, onProgress })).rejects.toThrow();
  const piece = (await store.draft(MODEL))?.chunks[0];
  await store.drop(MODEL, piece?.sha256 ?? "");
  await importNano(files, store);
  expect(inOrder(storedNano(store))).toEqual(inOrder(converted));
});

test("keeps the former model until the new one is there", async () => {
  const former = await importNano(files, store, { recipe: { ...NANO_RECIPE, matrices: "f16", embedding: "f16" } });
  const abort = new AbortController();
  const onProgress = ({ doneBytes, totalBytes }: DownloadProgress) => doneBytes > totalBytes / 2 && abort.abort();
  await expect(importNano(files, store, { signal: abort.signal, onProgress })).rejects.toThrow();
  const held = await store.held(MODEL);
  expect(former.chunks.every(({ sha256 }) => held.has(sha256))).toBe(true);
  await importNano(files, store);
  expect(inOrder(storedNano(store))).toEqual(inOrder(converted));
  expect(store.pieces.size).toBe(converted.size - 1);
});

const versioned = (content: Files, tag: string): ByteSource => ({
  ...memorySource(content),
  versions: () =>
    Object.fromEntries(Object.entries(content).map(([name, { byteLength }]) => [name, { bytes: byteLength, tag }])),
});

test("explains that the checkpoint changed, and starts over when told to", async () => {
  const abort = new AbortController();
  const onProgress = ({ doneBytes, totalBytes }: DownloadProgress) => doneBytes > totalBytes / 2 && abort.abort();
  const source = versioned(files, "1");
  await expect(importNano(files, store, { source, signal: abort.signal, onProgress })).rejects.toThrow();

  const changed = importNano(files, store, { source: versioned(files, "2") });
  await expect(changed).rejects.toThrow(UpstreamChangedError);
  await expect(changed).rejects.toThrow(/was changed since this import began \(the same size, .*Start over/);
  await importNano(files, store, { source: versioned(files, "2"), startOver: true });
  expect(await store.origin(MODEL)).toMatchObject({ versions: { "one.safetensors": { tag: "2" } } });
});

test("says how much room is needed before it begins, and how much is missing on the way", async () => {
  store.capacity = 10_000;
  await expect(importNano(files, store)).rejects.toThrow(QuotaError);
  expect(store.pieces.size).toBe(0);

  store.capacity = 50_000;
  store.estimate = undefined;
  const failing = importNano(files, store);
  await expect(failing).rejects.toThrow(QuotaError);
  expect(store.pieces.size).toBeGreaterThan(4);
  store.capacity = Number.POSITIVE_INFINITY;
  await importNano(files, store);
  expect(inOrder(storedNano(store))).toEqual(inOrder(converted));
});

test("keeps nothing of a checkpoint with a weight that is not a number", async () => {
  const broken = { ...files, "two.safetensors": (files["two.safetensors"] ?? new Uint8Array()).slice() };
  broken["two.safetensors"].fill(255, -4);
  await expect(importNano(broken, store)).rejects.toThrow(UnstorableValueError);
  expect([store.pieces.size, store.drafts.size]).toEqual([0, 0]);
});

test("uses the encoder it is given, and does not trust it", async () => {
  let runs = 0;
  await importNano(files, store, {
    encode: async (format, values) => {
      runs += 1;
      return encodeRun(format, values);
    },
  });
  expect(runs).toBeGreaterThan(20);
  expect(inOrder(storedNano(store))).toEqual(inOrder(converted));
  const encode = () => ({ values: new Uint8Array(4), scales: new Uint8Array() });
  await expect(importNano(files, new MemoryStore(), { encode })).rejects.toThrow("rows were encoded as 4,0 bytes");
});

test("gives up when what it stores disappears again and again", async () => {
  store.held = async () => new Set();
  await expect(importNano(files, store)).rejects.toThrow(StorageError);
});
