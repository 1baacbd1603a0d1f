import { openGpu } from "@gpu/device";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countBytes } from "../oracle/count-bytes";
import { formulaWeights } from "../oracle/synthetic-weights";
import type { Weights } from "../weights/weights";
import { openSession, type SessionOptions } from "./open-session";
import { GREEDY } from "./sampling";
import type { Session, Turn } from "./session";
import { config, microWeights, openMicroSession, PROMPT, REPLY, reply } from "./testing/micro-session";

const NEXT_PROMPT = [7, 9, 300, 12];

let weights: Weights;
let session: Session;

beforeAll(async () => {
  weights = await microWeights();
  session = await open();
});
afterAll(() => {
  session.destroy();
  weights.destroy();
});

const open = (options: Partial<SessionOptions> = {}): Promise<Session> => openMicroSession(weights, options);

/** What a session says that reads everything anew. */
async function fromScratch(ids: readonly number[], turn: Partial<Turn> = {}): Promise<number[]> {
  session.reset();
  return (await reply(session, ids, turn)).ids;
}

test("the same reply whatever the number of tokens in a submit", async () => {
  const expected = await fromScratch(PROMPT);
  expect(expected).toHaveLength(REPLY);
  for (const tokensPerSubmit of [1, 5]) {
    const other = await open({ tokensPerSubmit });
    expect(await reply(other, PROMPT)).toEqual({ ids: expected, reason: "length" });
    other.destroy();
  }
});

test("a second turn continues as if all had been read at once", async () => {
  session.reset();
  const first = await reply(session, PROMPT);
  expect(session.length).toBe(PROMPT.length + REPLY);
  const second = await reply(session, NEXT_PROMPT);
  expect(second.ids).toEqual(await fromScratch([...PROMPT, ...first.ids, ...NEXT_PROMPT]));
});

test("what is read ahead of a turn is as if the turn had read it", async () => {
  const expected = await fromScratch([...PROMPT, ...NEXT_PROMPT]);
  session.reset();
  expect(await session.read(PROMPT)).toBe(true);
  expect(session.length).toBe(PROMPT.length);
  expect((await reply(session, NEXT_PROMPT)).ids).toEqual(expected);
  await expect(session.read(Array(64).fill(7))).rejects.toMatchObject({ name: "PromptTooLongError" });
});

test("a stop token ends the reply, and what was in flight behind it changes nothing", async () => {
  const whole = await fromScratch(PROMPT);
  const stop = whole[4] ?? -1;
  const expected = whole.slice(0, whole.indexOf(stop) + 1);
  const ahead = await open({ tokensPerSubmit: 8 });
  expect(await reply(ahead, PROMPT, { stopIds: [1, stop] })).toEqual({ ids: expected, reason: "stop" });
  const next = await reply(ahead, NEXT_PROMPT);
  ahead.destroy();
  expect(next.ids).toEqual(await fromScratch([...PROMPT, ...expected, ...NEXT_PROMPT]));
});

test("an aborted reply keeps what it handed out and can be followed", async () => {
  session.reset();
  const abort = new AbortController();
  const written: number[] = [];
  const turn = { ids: PROMPT, sampling: GREEDY, stopIds: [], maxTokens: 40, signal: abort.signal };
  for await (const ids of session.generate(turn)) {
    written.push(...ids);
    if (written.length >= 3) abort.abort();
  }
  expect(written.length).toBeLessThan(40);
  expect(session.length).toBe(PROMPT.length + written.length);
  const next = await reply(session, NEXT_PROMPT, { maxTokens: 6 });
  expect(next.ids).toEqual(await fromScratch([...PROMPT, ...written, ...NEXT_PROMPT], { maxTokens: 6 }));
});

test("an abort while the prompt is read leaves the rest of it for the next turn", async () => {
  session.reset();
  const generation = session.generate({
    ids: [...PROMPT, ...PROMPT],
    sampling: GREEDY,
    stopIds: [],
    maxTokens: REPLY,
    signal: AbortSignal.abort(),
  });
  expect(await generation.next()).toEqual({ done: true, value: "aborted" });
  const next = await reply(session, NEXT_PROMPT);
  expect(next.ids).toEqual(await fromScratch([...PROMPT, ...PROMPT, ...NEXT_PROMPT]));
});

test("leaving the loop early keeps the sequence whole", async () => {
  session.reset();
  const written: number[] = [];
  for await (const ids of session.generate({ ids: PROMPT, sampling: GREEDY, stopIds: [], maxTokens: 40 })) {
    written.push(...ids);
    break;
  }
  expect(session.length).toBeGreaterThanOrEqual(PROMPT.length + written.length);
});

test("the context's end ends the reply", async () => {
  session.reset();
  const { ids, reason } = await reply(session, PROMPT, { maxTokens: 1000 });
  expect(reason).toBe("context");
  expect(PROMPT.length + ids.length).toBe(64);
  await expect(reply(session, NEXT_PROMPT)).rejects.toThrow("only 0 of the context's 64 are free");
});

test("a prompt that does not fit is refused, and the sequence is as before", async () => {
  session.reset();
  await reply(session, PROMPT, { maxTokens: 2 });
  const length = session.length;
  await expect(reply(session, new Array(60).fill(1))).rejects.toThrow(
    "This text is 60 tokens long, but only 52 of the context's 64 are free.",
  );
  expect(session.length).toBe(length);
});

test("the same seed writes the same text, another seed another", async () => {
  const sampling = { ...GREEDY, temperature: 2 };
  const first = await fromScratch(PROMPT, { sampling: { ...sampling, seed: 1 } });
  expect(await fromScratch(PROMPT, { sampling: { ...sampling, seed: 1 } })).toEqual(first);
  expect(await fromScratch(PROMPT, { sampling: { ...sampling, seed: 2 } })).not.toEqual(first);
});

test("sampling settings that make no sense are refused by name", async () => {
  await expect(reply(session, PROMPT, { sampling: { ...GREEDY, topP: 0 } })).rejects.toThrow("topP is 0");
});

test("where the device refuses a part of the state, nothing of it stays allocated", async () => {
  const gpu = await openGpu();
  const own = formulaWeights(gpu, config);
  const create = gpu.device.createBuffer.bind(gpu.device);
  const tooLarge = { size: gpu.device.limits.maxBufferSize + 4 };
  let refused = "";
  gpu.device.createBuffer = (asked) => create({ ...asked, ...(asked.label === refused ? tooLarge : {}) });
  const bytes = countBytes(gpu.device);
  const opening = () => openSession(gpu, config, own, { contextLength: 64 });
  (await opening()).destroy();
  const left = bytes.buffers; // constants live as long as the device
  refused = "full cache values";
  bytes.reset();
  await expect(opening()).rejects.toMatchObject({ name: "GpuFaultError" });
  expect(bytes.peak).toBeGreaterThan(bytes.live);
  expect(bytes.buffers).toBe(left);
  gpu.device.destroy();
});

test("an opening that is no longer wanted ends before anything is allocated", async () => {
  await expect(open({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
});
