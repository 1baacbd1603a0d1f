import { openTestGpu } from "@gpu/testing/harness";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { takeRows } from "../state/cache-rows";
import { takeSnapshot } from "../state/snapshot";
import type { Weights } from "../weights/weights";
import type { SessionOptions } from "./open-session";
import { GREEDY } from "./sampling";
import { microWeights, openMicroSession, PROMPT, reply } from "./testing/micro-session";

let weights: Weights;
beforeAll(async () => {
  weights = await microWeights();
});
afterAll(() => weights.destroy());

const open = (options: Partial<SessionOptions> = {}) => openMicroSession(weights, options);

/** 30 tokens, with room for them from the start. */
async function wholeReply(): Promise<number[]> {
  const large = await open();
  const { ids } = await reply(large, PROMPT, { maxTokens: 30 });
  large.destroy();
  return ids;
}

test.each(["f16", "int8"] as const)("the full cache in %s grows without losing what it holds", async (fullCache) => {
  const large = await open({ fullCache });
  const expected = (await reply(large, PROMPT, { maxTokens: 30 })).ids;
  large.destroy();
  const small = await open({ initialCapacity: 12, fullCache });
  expect((await reply(small, PROMPT, { maxTokens: 30 })).ids).toEqual(expected);
  expect(small.runner.state.full.capacity).toBeGreaterThanOrEqual(PROMPT.length + 29);
  small.destroy();
});

/** The device refuses a larger full cache so many times, as if its memory were used up. */
async function refuseGrowth(times: number) {
  const { device } = await openTestGpu();
  const create = device.createBuffer.bind(device);
  let left = times;
  return vi.spyOn(device, "createBuffer").mockImplementation((asked) => {
    const isRefused = asked.label === "full cache values" && left-- > 0;
    return create({ ...asked, ...(isRefused ? { size: device.limits.maxBufferSize + 4 } : {}) });
  });
}

test("where there is no memory for the full cache to grow in mid-reply, checkpoints are given up for it", async () => {
  const expected = await wholeReply();
  const small = await open({ initialCapacity: 12 });
  await small.read(PROMPT);
  small.mark();
  const growth = await refuseGrowth(1);
  expect(small.runner.checkpoints.bytes).toBeGreaterThan(0);
  const [unread, ...more] = expected;
  expect((await reply(small, [unread ?? 0], { maxTokens: 29, drawn: 1 })).ids).toEqual(more);
  expect(growth).toHaveBeenCalled();
  expect(small.runner.checkpoints.bytes).toBe(0);
  growth.mockRestore();
  small.destroy();
});

test("where that is not enough, the reply fails by name and the sequence is as far as it came", async () => {
  const expected = await wholeReply();
  const small = await open({ initialCapacity: 12 });
  const growth = await refuseGrowth(Number.POSITIVE_INFINITY);
  const written: number[] = [];
  const turn = { ids: PROMPT, sampling: GREEDY, stopIds: [], maxTokens: 30 };
  const writing = async () => {
    for await (const ids of small.generate(turn)) written.push(...ids);
  };
  await expect(writing()).rejects.toMatchObject({ name: "GpuFaultError" });
  growth.mockRestore();
  const { length } = small;
  const come = expected.slice(0, length - PROMPT.length);
  expect(come.slice(0, written.length)).toEqual(written);
  const rest = await reply(small, [], { maxTokens: 30 - come.length, drawn: come.length });
  expect([...come, ...rest.ids]).toEqual(expected);
  small.destroy();
});

test("a state beyond the end of the cache is gone back to where the others are given up for it", async () => {
  const gpu = await openTestGpu();
  const first = await open();
  await first.read(PROMPT);
  const snapshot = takeSnapshot(gpu, first.runner.state, PROMPT.length);
  const rows = takeRows(gpu, first.runner.state.full, { from: 0, to: PROMPT.length });
  const expected = await reply(first, [9]);
  first.destroy();

  const small = await open({ initialCapacity: 4 });
  const { checkpoints } = small.runner;
  await small.read([1, 2, 3]);
  small.mark();
  checkpoints.add({ ids: PROMPT, snapshot, from: "storage" }, [rows], PROMPT);
  const growth = await refuseGrowth(1);
  expect(await small.resume([...PROMPT, 9])).toEqual({ tokens: PROMPT.length, from: "storage" });
  growth.mockRestore();
  expect(checkpoints.bytes).toBe(snapshot.size + rows.buffer.size);
  expect(await reply(small, [9])).toEqual(expected);
  small.destroy();
});
