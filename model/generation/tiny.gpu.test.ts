import { openTestGpu } from "@gpu/testing/harness";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PastTurn } from "../chat/context";
import type { SplitReply } from "../chat/spell-reply";
import { parseManifest } from "../weights/parse-manifest";
import type { AskOptions, Recalled } from "./conversation";
import { type OpenConversation, openConversation } from "./open-conversation";
import type { Written } from "./reply-draft";
import { GREEDY } from "./sampling";

const FOLDER = "/models/tiny";
const PROBLEM = "Compute 8 + 4 - 1";

let tiny: OpenConversation;
beforeAll(async () => {
  const fetched = async (name: string) => (await fetch(`${FOLDER}/${name}`)).arrayBuffer();
  const manifest = parseManifest(JSON.parse(new TextDecoder().decode(await fetched("manifest.json"))));
  const read = async ({ name }: { name: string }) => new Uint8Array(await fetched(name));
  tiny = await openConversation(await openTestGpu(), manifest, read, { contextLength: 2048 });
});
afterAll(() => tiny.destroy());

interface Options extends Partial<AskOptions> {
  readonly path?: readonly PastTurn[];
  readonly begun?: SplitReply;
  readonly hear?: (written: Written) => void;
}

/** The model that the page brings with it, asked greedily. `known` is what it had read before it wrote. */
async function ask(text: string, { path = [], begun, hear, ...options }: Options = {}) {
  const recalled: Recalled[] = [];
  const all: Written[] = [];
  const writing = tiny.conversation.ask(
    { path, text, begun, system: "", dropsReasoning: true },
    { sampling: GREEDY, maxTokens: 200, onRecalled: (heard) => recalled.push(heard), ...options },
  );
  let end = await writing.next();
  for (; !end.done; end = await writing.next()) {
    all.push(end.value);
    hear?.(end.value);
  }
  const reply = {
    reasoning: all.map(({ reasoning }) => reasoning).join(""),
    answer: all.map(({ answer }) => answer).join(""),
  };
  const { reusedTokens = 0, readTokens = 0 } = recalled[0] ?? {};
  const { tokens = 0, reasoningTokens = 0 } = all.at(-1) ?? {};
  expect(tiny.conversation.contextUsed, "context").toBe(reusedTokens + readTokens + tokens);
  return { reply, reason: end.value, tokens, reasoningTokens, reusedTokens, readTokens, from: recalled[0]?.from };
}

test("at its budget the reasoning is closed at once, and the answer follows", async () => {
  const whole = await ask(PROBLEM);
  expect(whole.reply.answer).toContain("\\boxed{11}");
  expect(whole.reasoningTokens).toBeGreaterThan(10);
  const short = await ask(PROBLEM, { thinkingBudget: 10 });
  expect(short).toMatchObject({ reason: "stop", reasoningTokens: 10, readTokens: 1, from: "memory" });
  expect(whole.reply.reasoning.startsWith(short.reply.reasoning)).toBe(true);
  expect(short.reply.answer).toContain("\\boxed");
});

test("answer now closes the reasoning, and the next question does not know it", async () => {
  const answerNow = new AbortController();
  const hear = ({ tokens }: Written) => tokens >= 6 && answerNow.abort();
  const { reply, reason, reasoningTokens } = await ask(PROBLEM, { answerNow: answerNow.signal, hear });
  expect(reason).toBe("stop");
  expect(reasoningTokens).toBeLessThan(12);
  expect(reply.answer).toContain("\\boxed");
  const path = [{ text: PROBLEM, reply }];
  await tiny.conversation.keep(new AbortController().signal);
  const next = await ask("What is 7 * 8?", { path });
  expect(next.from).toBe("live");
  expect(next.reply.answer).toContain("\\boxed{56}");
});

test("a stopped reply goes on as if it had not been stopped, and reads nothing again", async () => {
  const whole = await ask("What is 7 * 8?");
  const stop = new AbortController();
  const hear = ({ tokens }: Written) => tokens >= 8 && stop.abort();
  const first = await ask("What is 7 * 8?", { signal: stop.signal, hear });
  expect(first.reason).toBe("aborted");
  const rest = await ask("What is 7 * 8?", { begun: first.reply });
  expect(rest).toMatchObject({ readTokens: 1, from: "live", tokens: whole.tokens - first.tokens });
  expect(first.reply.reasoning + rest.reply.reasoning).toBe(whole.reply.reasoning);
  expect(first.reply.answer + rest.reply.answer).toBe(whole.reply.answer);
});
