import { expect, test, vi } from "vitest";
import type { PastTurn } from "../chat/context";
import { CONTEXT, openPaperModel, THOUGHTS, WHOLE_REPLY } from "./testing/paper-model";

const past = (text: string, reply: PastTurn["reply"]): PastTurn => ({ text, reply });

test("a turn reads the template, the instructions and the text", async () => {
  const { ask, state } = openPaperModel();
  expect(await ask("a", { system: "be brief" })).toMatchObject({ reply: WHOLE_REPLY, reason: "stop" });
  expect(state()).toBe(`be brief[a]${THOUGHTS}6\x02`);
});

test("with all reasoning kept, the next turn reads its own text after the stop token, and no more", async () => {
  const { ask, state } = openPaperModel();
  const { reply } = await ask("a");
  const { recalled } = await ask("b", { path: [past("a", reply)] });
  expect(recalled).toEqual({ reusedTokens: `[a]${THOUGHTS}6`.length, readTokens: "\x02(b)".length, from: "live" });
  expect(state()).toBe(`[a]${THOUGHTS}6\x02(b)${THOUGHTS}6\x02`);
});

test("reasoning that led to an answer is dropped; what never came to one is kept", async () => {
  const { ask, state } = openPaperModel();
  const path = [
    past("a", WHOLE_REPLY),
    past("b", { reasoning: "hm", answer: "" }),
    past("c", { reasoning: "", answer: "7" }),
  ];
  const { recalled } = await ask("d", { path, dropsReasoning: true });
  expect(state()).toBe(`[a]6\x01(b)<think>\nhm\x01(c)7\x01(d)${THOUGHTS}6\x02`);
  expect(recalled).toMatchObject({ reusedTokens: 0, from: "nothing" });
});

test("a stopped reply is gone on with where it was, without reading", async () => {
  const { ask, state } = openPaperModel();
  const path = [past("x", { reasoning: "", answer: "7" })];
  const first = await ask("a", { path }, { maxTokens: 15 });
  expect(first).toMatchObject({ reply: { reasoning: "one two", answer: "" }, isReasoning: true, reason: "length" });
  const rest = await ask("a", { path, begun: first.reply });
  expect(first.reply.reasoning + rest.reply.reasoning).toBe(WHOLE_REPLY.reasoning);
  expect(rest.recalled).toMatchObject({ readTokens: 1, from: "live" });
  expect(state()).toBe(`[x]7\x01(a)${THOUGHTS}6\x02`);
});

test("what ends within a tag is not shown, and gone on with", async () => {
  const { ask } = openPaperModel();
  const first = await ask("a", {}, { maxTokens: THOUGHTS.indexOf("ink>\n\n") });
  expect(first).toMatchObject({ reply: { reasoning: WHOLE_REPLY.reasoning, answer: "" } });
  const rest = await ask("a", { begun: first.reply });
  expect(rest.reply).toEqual({ reasoning: "", answer: "6" });
});

test("a begun reply of which only the text is known is read, open or closed", async () => {
  const { ask, state } = openPaperModel();
  await ask("a", { begun: { reasoning: "one two", answer: "" } });
  expect(state()).toBe(`[a]${THOUGHTS}6\x02`);
  const over = await ask("b", { begun: { reasoning: "one two", answer: "", isReasoningOver: true } });
  expect(over.reply).toEqual({ reasoning: "", answer: "6" });
  expect(state()).toBe("[b]<think>\none two\n</think>\n\n6\x02");
});

test("what is prepared is not read again by the question that follows", async () => {
  const { ask, conversation } = openPaperModel();
  const path = [past("a", WHOLE_REPLY)];
  const options = { system: "", dropsReasoning: true };
  expect(await conversation.prepare({ path, ...options })).toEqual({ reusedTokens: 0, readTokens: 5, from: "nothing" });
  expect(await conversation.prepare({ path, ...options })).toEqual({ reusedTokens: 5, readTokens: 0, from: "live" });
  expect((await ask("b", { path, dropsReasoning: true })).recalled).toMatchObject({ reusedTokens: 5, readTokens: 3 });
});

test("in spare time the answer is read without its reasoning, so that the next question reads its own text alone", async () => {
  const { ask, conversation, state } = openPaperModel();
  const quiet = new AbortController().signal;
  await ask("a", { dropsReasoning: true });
  await conversation.keep(quiet);
  expect(state()).toBe("[a]6\x01");
  const { recalled } = await ask("b", { path: [past("a", WHOLE_REPLY)], dropsReasoning: true });
  expect(recalled).toEqual({ reusedTokens: 5, readTokens: 3, from: "live" });
  await expect(conversation.keep(AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
});

test("a question that cannot be asked leaves what is to be done in spare time", async () => {
  const { ask, conversation, state } = openPaperModel();
  await ask("a", { dropsReasoning: true });
  await expect(ask("x".repeat(CONTEXT))).rejects.toMatchObject({ name: "PromptTooLongError" });
  await conversation.keep(new AbortController().signal);
  expect(state()).toBe("[a]6\x01");
});

test("what was deleted while its state was being written is not left behind, nor if that has given way", async () => {
  let written = () => {};
  const forgotten: string[] = [];
  const { ask, conversation } = openPaperModel({
    find: async () => undefined,
    keep: () =>
      new Promise((resolve) => {
        written = () => resolve(1);
      }),
    forget: async (name) => void forgotten.push(name),
  });
  await ask("a", {}, { storedAs: "one" });
  const turn = new AbortController();
  const keeping = conversation.keep(turn.signal);
  await Promise.resolve();
  conversation.forget("one");
  turn.abort();
  await expect(keeping).rejects.toMatchObject({ name: "AbortError" });
  expect(forgotten).toEqual([]);
  written();
  await vi.waitFor(() => expect(forgotten).toEqual(["one"]));
});
