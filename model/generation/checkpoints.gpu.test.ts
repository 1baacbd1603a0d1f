import { downloadBytes } from "@gpu/tensor";
import { openTestGpu } from "@gpu/testing/harness";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseConfig } from "../config";
import microConfig from "../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../oracle/synthetic-weights";
import { takeRows } from "../state/cache-rows";
import { takeSnapshot } from "../state/snapshot";
import type { Weights } from "../weights/weights";
import { openSession, type SessionOptions } from "./open-session";
import { GREEDY } from "./sampling";
import type { Session } from "./session";

const config = parseConfig(microConfig);
/** Longer than the window of 16, so that the rings have begun anew. */
const PROMPT = Array.from({ length: 37 }, (_, i) => (7 * i * i + 3 * i + 11) % 320);
const OTHER_WAY = [9, 8, 7, 6, 5];

let weights: Weights;
beforeAll(async () => {
  weights = formulaWeights(await openTestGpu(), config);
});
afterAll(() => weights.destroy());

async function open(options: Partial<SessionOptions> = {}): Promise<Session> {
  return openSession(await openTestGpu(), config, weights, { contextLength: 128, chunk: 8, ...options });
}

/** All that the model can still see of what it has read, in bytes. */
async function seen({ runner: { state } }: Session, position: number): Promise<Uint8Array[]> {
  const gpu = await openTestGpu();
  const snapshot = takeSnapshot(gpu, state, position);
  const rows = takeRows(gpu, state.full, { from: 0, to: position });
  // An ArrayBuffer equals any other in the eyes of toEqual.
  const read = async (buffer: GPUBuffer) =>
    new Uint8Array(await downloadBytes(gpu, { label: "state", shape: [], type: "u32", buffer }));
  const bytes = [await read(snapshot), await read(rows.buffer)];
  for (const buffer of [snapshot, rows.buffer]) buffer.destroy();
  return bytes;
}

async function write(session: Session, ids: readonly number[], maxTokens: number): Promise<number[]> {
  const written: number[] = [];
  const turn = { ids, sampling: GREEDY, stopIds: [], maxTokens };
  for await (const drawn of session.generate(turn)) written.push(...drawn);
  return written;
}

test.each(["f16", "int8"] as const)(
  "full cache in %s: back from another way, all is bit for bit as it was",
  async (fullCache) => {
    const session = await open({ fullCache, initialCapacity: 40 });
    await session.read(PROMPT);
    session.mark();
    const before = await seen(session, PROMPT.length);
    const reply = await write(session, [5, 4], 12);
    expect(await session.resume([...PROMPT, 9])).toEqual({ tokens: PROMPT.length, from: "memory" });
    expect(await seen(session, PROMPT.length)).toEqual(before);
    expect(await write(session, [5, 4], 12)).toEqual(reply);
    session.destroy();
  },
);

test.each(["f16", "int8"] as const)(
  "full cache in %s: branches and their branches are gone back to",
  async (fullCache) => {
    const session = await open({ fullCache });
    await session.read(PROMPT);
    session.mark();
    const ends: { ids: number[]; bytes: Uint8Array[] }[] = [];
    const goOn = async (from: readonly number[], more: readonly number[]) => {
      await session.resume(from);
      await session.read(more);
      session.mark();
      const ids = [...from, ...more];
      ends.push({ ids, bytes: await seen(session, ids.length) });
      return ids;
    };
    const first = await goOn(PROMPT, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await goOn(first, [20, 21, 22]);
    const second = await goOn(PROMPT, OTHER_WAY);
    await goOn(second, [30, 31, 32, 33, 34, 35, 36, 37, 38]);
    await goOn(first, [40]);
    for (const { ids, bytes } of [...ends, ...ends.toReversed()]) {
      expect((await session.resume(ids)).tokens).toBe(ids.length);
      expect(await seen(session, ids.length)).toEqual(bytes);
    }
    session.destroy();
  },
);

test("what the budget does not hold is read again, the oldest first", async () => {
  const roomy = await open();
  await roomy.read(PROMPT);
  roomy.mark();
  const oneSnapshot = roomy.runner.checkpoints.bytes;
  roomy.destroy();

  const session = await open({ checkpointBytes: 3 * oneSnapshot });
  const { checkpoints } = session.runner;
  const ways = [1, 2, 3, 4, 5].map((way) => [...PROMPT, way]);
  for (const way of ways) {
    const { tokens } = await session.resume(way);
    await session.read(way.slice(tokens));
    session.mark();
    expect(checkpoints.bytes).toBeLessThanOrEqual(3 * oneSnapshot);
  }
  expect(await session.resume([...PROMPT, 5])).toEqual({ tokens: 38, from: "live" });
  expect(await session.resume([...PROMPT, 4])).toEqual({ tokens: 38, from: "memory" });
  expect(await session.resume([...PROMPT, 1])).toEqual({ tokens: 0, from: "nothing" });
  session.destroy();
});

test("a state that counts as read is not gone back to", async () => {
  const session = await open({ startAt: 5 });
  await session.read(PROMPT);
  session.mark();
  expect(session.runner.checkpoints.bytes).toBe(0);
  session.destroy();
});

test("a stored state is gone back to whole, also where a sequence that begins like it lies behind tokens that count as read", async () => {
  const gpu = await openTestGpu();
  const first = await open();
  await first.read(PROMPT);
  const before = await seen(first, PROMPT.length);
  const snapshot = takeSnapshot(gpu, first.runner.state, PROMPT.length);
  const rows = takeRows(gpu, first.runner.state.full, { from: 0, to: PROMPT.length });
  first.destroy();

  const session = await open({ startAt: 5 });
  await session.read(PROMPT.slice(0, 20));
  session.runner.checkpoints.add({ ids: PROMPT, snapshot, from: "storage" }, [rows], PROMPT);
  expect(await session.resume([...PROMPT, 9])).toEqual({ tokens: PROMPT.length, from: "storage" });
  expect(await seen(session, PROMPT.length)).toEqual(before);
  session.destroy();
});
