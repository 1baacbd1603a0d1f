import { expect, test } from "vitest";
import type { Written } from "./reply-draft";
import { CONTEXT, openPaperModel, WHOLE_REPLY } from "./testing/paper-model";

test("at its budget the reasoning is closed, and the answer follows in the same turn", async () => {
  const { ask, state, conversation } = openPaperModel();
  const { reply, tokens, reasoningTokens, reason } = await ask("a", {}, { thinkingBudget: 6 });
  const spelled = "<think>\none \n</think>\n\n6";
  expect(reply).toEqual({ reasoning: "one", answer: "6" });
  expect(reason).toBe("stop");
  expect(reasoningTokens).toBe(6);
  expect(state()).toBe(`[a]${spelled}\x02`);
  expect(tokens).toBe(spelled.length + 1);
  expect(conversation.contextUsed).toBe("[a]".length + spelled.length + 1);
});

test("at every word of a reply, what counts as used of the context is all that is written", async () => {
  const { ask, conversation } = openPaperModel();
  const used: number[] = [];
  const counted: number[] = [];
  const hear = ({ tokens }: Written) => {
    used.push(conversation.contextUsed);
    counted.push("[a]".length + tokens);
  };
  await ask("a", {}, { thinkingBudget: 6, hear });
  expect(used).toEqual(counted);
});

test("a budget that is not reached changes nothing", async () => {
  const { ask } = openPaperModel();
  const unlimited = await ask("a");
  expect(await ask("b", {}, { thinkingBudget: 60 })).toMatchObject({ reply: WHOLE_REPLY, tokens: unlimited.tokens });
});

test("answer now closes the reasoning after what was under way, which belongs to it", async () => {
  const { ask, state } = openPaperModel();
  const answerNow = new AbortController();
  const hear = ({ tokens }: Written) => tokens >= 10 && answerNow.abort();
  const { reply, reason } = await ask("a", {}, { answerNow: answerNow.signal, hear });
  expect(reply).toEqual({ reasoning: "one", answer: "6" });
  expect(reason).toBe("stop");
  expect(state()).toBe("[a]<think>\none \n</think>\n\n6\x02");
});

test("answer now that comes before the reasoning waits for it; after it nothing happens", async () => {
  const { ask } = openPaperModel();
  const answerNow = AbortSignal.abort();
  expect((await ask("a", {}, { answerNow })).reply.answer).toBe("6");
  expect(await ask("b", { begun: { reasoning: "one", answer: "4" } }, { answerNow })).toMatchObject({
    reply: { reasoning: "", answer: "6" },
    reason: "stop",
  });
});

test("stop wins over answer now", async () => {
  const { ask, state } = openPaperModel();
  const stop = new AbortController();
  const hear = ({ tokens }: Written) => tokens >= 10 && stop.abort();
  const answered = { signal: stop.signal, answerNow: stop.signal, hear };
  expect((await ask("a", {}, answered)).reason).toBe("aborted");
  expect(state()).not.toContain("</think>");
});

test("the context's end ends the reply, also while its reasoning is closed", async () => {
  const { ask } = openPaperModel();
  const text = "x".repeat(CONTEXT - 20);
  expect(await ask(text, {}, { thinkingBudget: 3 })).toMatchObject({ reason: "context" });
  await expect(ask("x".repeat(CONTEXT))).rejects.toMatchObject({ name: "PromptTooLongError" });
  await expect(ask(" ")).rejects.toMatchObject({ name: "EmptyPromptError" });
});
