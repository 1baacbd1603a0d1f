import { expect, test } from "vitest";
import { CheckpointError } from "./errors";
import { filesOfFolder, type PickedFile, pickedFiles } from "./picked-files";
import { UpstreamChangedError } from "./source-errors";
import type { Files } from "./testing/checkpoint-files";
import { convertNano, importNano, storedNano } from "./testing/import-nano";
import { MemoryStore } from "./testing/memory-store";
import { nanoCheckpoint } from "./testing/nano-checkpoint";

/** As a browser gives them; with a path when a folder was picked. */
const picked = (files: Files, path = ""): PickedFile[] =>
  Object.entries(files).map(([name, bytes]) => {
    const file = new File([new Uint8Array(bytes)], name, { lastModified: 7 });
    return Object.assign(file, { webkitRelativePath: path && `${path}/${name}` });
  });

test("imports files picked one by one, or by their folder, like any other checkpoint", async () => {
  const files = nanoCheckpoint();
  const converted = await convertNano(files);
  const entries = [...picked(files).map((file) => ({ kind: "file" as const, getFile: async () => file }))];
  const folder = {
    async *values() {
      yield { kind: "directory" as const };
      yield* entries;
    },
  };
  const stray = picked({ "config.json": Uint8Array.of(1), "other.json": Uint8Array.of(2) }, "top/original");
  for (const list of [picked(files), await filesOfFolder(folder), [...stray, ...picked(files, "top")]]) {
    const store = new MemoryStore();
    await importNano(files, store, { source: pickedFiles(list) });
    expect(storedNano(store)).toEqual(converted);
    const shard = { bytes: files["one.safetensors"]?.byteLength, tag: "7" };
    expect(await store.origin("nano")).toMatchObject({ versions: { "one.safetensors": shard } });
  }
});

test("refuses two files of the same name, and says what is not there", async () => {
  const file = { "config.json": Uint8Array.of(1) };
  expect(() => pickedFiles([...picked(file), ...picked(file)])).toThrow(CheckpointError);
  const source = pickedFiles(picked(file));
  expect(await source.size("model.safetensors")).toBeUndefined();
  await expect(source.read("model.safetensors", 0, 1)).rejects.toThrow("no file model.safetensors");
  await expect(source.read("config.json", 0, 1, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
});

test("says when a file changed after it was picked", async () => {
  const [file] = picked({ "config.json": Uint8Array.of(1) });
  if (!file) throw new Error("one was picked");
  file.slice = () =>
    Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) });
  await expect(pickedFiles([file]).read("config.json", 0, 1)).rejects.toThrow(UpstreamChangedError);
});
