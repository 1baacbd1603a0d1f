import { expect, test } from "vitest";
import { Conversation, type ConversationParts, type Written } from "./conversation";
import { GREEDY } from "./sampling";
import { PromptTooLongError, type Turn } from "./session";

const CLOSING = 1;
const STOP = 2;

/** Each character is a token: its code. */
const idsOf = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
const textOf = (ids: readonly number[]): string => String.fromCharCode(...ids);

/** A session that takes down what is read, and writes what it is told to. */
function conversationThatWrites(...replies: string[]) {
  const state: number[] = [];
  const session = {
    contextLength: 200,
    get length() {
      return state.length;
    },
    reset: () => state.splice(0),
    async read(ids: readonly number[]) {
      if (state.length + ids.length >= 200) throw new PromptTooLongError("too long");
      state.push(...ids);
      return true;
    },
    async *generate({ ids }: Turn) {
      const written = [...idsOf(replies.shift() ?? ""), STOP];
      state.push(...ids, ...written);
      yield written;
      return "stop" as const;
    },
  };
  const parts = {
    session,
    stopIds: [STOP],
    tokenizer: {
      encodePlain: idsOf,
      specialIds: new Set([STOP]),
      bytesOf: (id: number) => Uint8Array.of(id),
    },
    prompt: {
      closingIds: [CLOSING],
      openingTurn: ({ text }: { text: string }) => idsOf(`[${text}]`),
      followingTurn: (text: string) => idsOf(`(${text})`),
    },
  };
  return { conversation: new Conversation(parts as unknown as ConversationParts), state };
}

async function reply(conversation: Conversation, text: string, begun?: { reasoning: string; answer: string }) {
  const all: Written[] = [];
  for await (const written of conversation.ask(text, { sampling: GREEDY, maxTokens: 9, begun })) all.push(written);
  return {
    reasoning: all.map(({ reasoning }) => reasoning).join(""),
    answer: all.map(({ answer }) => answer).join(""),
    tokens: all.at(-1)?.tokens,
  };
}

test("recalled turns are read as they were written, each closed before the next", async () => {
  const { conversation, state } = conversationThatWrites("<think>\nsix\n</think>\n\n6");
  await reply(conversation, "dropped");
  await conversation.recall([
    { text: "a", reply: { reasoning: "one", answer: "1" } },
    { text: "b", reply: { reasoning: "two", answer: "" } },
  ]);
  expect(textOf(state)).toBe("[a]<think>\none\n</think>\n\n1\x01(b)<think>\ntwo");
  await reply(conversation, "c");
  expect(textOf(state)).toContain("two\x01(c)");
});

test("a begun reply is read, and what follows is handed out as its continuation", async () => {
  const { conversation, state } = conversationThatWrites("ven\n</think>\n\n7");
  await conversation.recall([]);
  const written = await reply(conversation, "a", { reasoning: "se", answer: "" });
  expect(textOf(state)).toBe("[a]<think>\nseven\n</think>\n\n7\x02");
  expect(written).toEqual({ reasoning: "ven", answer: "7", tokens: "ven\n</think>\n\n7".length + 1 });
});

test("what is too long to be recalled leaves an empty conversation", async () => {
  const { conversation, state } = conversationThatWrites("6");
  await expect(
    conversation.recall([{ text: "x".repeat(300), reply: { reasoning: "", answer: "" } }]),
  ).rejects.toMatchObject({ name: "PromptTooLongError" });
  await reply(conversation, "a");
  expect(textOf(state)).toBe("[a]6\x02");
});
