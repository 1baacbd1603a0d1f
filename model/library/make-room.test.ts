import "fake-indexeddb/auto";
import { beforeEach, expect, test, vi } from "vitest";
import { StateStore } from "../state/state-store";
import { QuotaError } from "../weights/errors";
import { makingRoom, roomForModel } from "./make-room";

const tooLittle = () => new QuotaError(5, 1);

beforeEach(async () => {
  const states = await StateStore.open();
  await states.clear();
  states.close();
});

async function storeState(): Promise<void> {
  const states = await StateStore.open();
  await states.putChunk("a", "k", new Uint8Array(10));
  const snapshots = [{ key: "k", bytes: 10, sha256: "", length: 2 }];
  await states.adopt("a", { model: "m", ids: Uint32Array.of(1, 2), replies: [], snapshots, rows: [] });
  states.close();
}

test("too little room for a model: stored states are given up, and it is tried once more", async () => {
  await storeState();
  const work = vi.fn().mockRejectedValueOnce(tooLittle()).mockResolvedValueOnce("stored");
  expect(await makingRoom(work)).toBe("stored");
  expect(work.mock.calls).toEqual([[false], [true]]);
  expect(await roomForModel({ freeBytes: async () => 1 })).toBe(1);
});

test("still too little room: the second refusal counts", async () => {
  await storeState();
  const second = tooLittle();
  const work = vi.fn().mockRejectedValueOnce(tooLittle()).mockRejectedValueOnce(second);
  await expect(makingRoom(work)).rejects.toBe(second);
});

test("without states, or after another failure, nothing is tried again and nothing given up", async () => {
  for (const failure of [tooLittle(), new Error("No.")]) {
    const work = vi.fn().mockRejectedValue(failure);
    await expect(makingRoom(work)).rejects.toBe(failure);
    expect(work).toHaveBeenCalledTimes(1);
    await storeState();
  }
  expect(await roomForModel({ freeBytes: async () => 1 })).toBe(11);
  expect(await roomForModel({ freeBytes: async () => undefined })).toBeUndefined();
});
