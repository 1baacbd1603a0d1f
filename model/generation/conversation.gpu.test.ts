import { openTestGpu } from "@gpu/testing/harness";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PastTurn } from "../chat/context";
import { parseConfig } from "../config";
import microConfig from "../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../oracle/synthetic-weights";
import type { Weights } from "../weights/weights";
import { Conversation, type ConversationParts, type Recalled } from "./conversation";
import { openSession } from "./open-session";

/** Half as wide and half as deep as micro: it reads 4,000 tokens here. */
const config = parseConfig({
  ...microConfig,
  ...{ num_hidden_layers: 4, hidden_size: 128, intermediate_size: 128, num_attention_heads: 2 },
});
const SAMPLING = { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 7 };
const MAX_TOKENS = 12;

/** What the model writes are visible characters, each a token of its own, and never a tag. */
const FIRST_WRITTEN = 0x100;
const idOf = (code: number): number => (code < FIRST_WRITTEN ? code : code - FIRST_WRITTEN);
const idsOf = (text: string): number[] => Array.from(text, (character) => idOf(character.charCodeAt(0)));
/** Prompts are written `[first](next)(next)`, and \x01 closes a reply. */
const PARTS = {
  stopIds: [2],
  tokenizer: {
    encodePlain: idsOf,
    specialIds: new Set([2]),
    bytesOf: (id: number) => new TextEncoder().encode(String.fromCharCode(FIRST_WRITTEN + id)),
  },
  prompt: {
    closingIds: [1],
    openingTurn: ({ text }: { text: string }) => idsOf(`[${text}]`),
    followingTurn: (text: string) => idsOf(`(${text})`),
  },
};

let weights: Weights;
beforeAll(async () => {
  weights = formulaWeights(await openTestGpu(), config);
});
afterAll(() => weights.destroy());

/** A conversation with weights that mean nothing. */
async function open() {
  const gpu = await openTestGpu();
  const session = await openSession(gpu, config, weights, { contextLength: 4096, chunk: 128, initialCapacity: 512 });
  const conversation = new Conversation({ ...PARTS, session } as unknown as ConversationParts);
  const ask = async (text: string, path: readonly PastTurn[] = [], dropsReasoning = false) => {
    const recalled: Recalled[] = [];
    let answer = "";
    const question = { path, text, system: "", dropsReasoning };
    const options = {
      sampling: SAMPLING,
      maxTokens: MAX_TOKENS,
      onRecalled: (heard: Recalled) => recalled.push(heard),
    };
    for await (const written of conversation.ask(question, options)) answer += written.answer;
    return { recalled: recalled[0], turn: { text, reply: { reasoning: "", answer } } };
  };
  return { ask, destroy: () => session.destroy() };
}

test("regenerated, edited and branched turns of a conversation of 2,000 tokens read nothing of what came before", async () => {
  const { ask, destroy } = await open();
  const path: PastTurn[] = [];
  for (const [index, length] of [900, 700, 350].entries()) {
    path.push((await ask(`${index}`.repeat(length), path)).turn);
  }
  const { turn, recalled } = await ask("first", path);
  const known = 900 + 700 + 350 + 6 + 3 * MAX_TOKENS + 2;
  // Of the reply before, what was drawn last is read now, and it is closed.
  expect(recalled).toEqual({ reusedTokens: known - 1, readTokens: "12(first)".length, from: "live" });

  const again = await ask("first", path);
  expect(again.turn).toEqual(turn);
  expect(again.recalled).toMatchObject({ readTokens: 1, from: "memory" });
  const edited = await ask("second", path);
  expect(edited.recalled).toEqual({ reusedTokens: known - 1, readTokens: "12(second)".length, from: "memory" });
  const back = await ask("more", [...path, turn]);
  expect(back.recalled).toMatchObject({ readTokens: "12(more)".length, from: "memory" });
  const forth = await ask("more", [...path, edited.turn]);
  expect(forth.recalled).toMatchObject({ readTokens: "12(more)".length, from: "memory" });
  destroy();

  const scratch = await open();
  const anew = await scratch.ask("second", path);
  expect(anew.recalled).toMatchObject({ reusedTokens: 0, from: "nothing" });
  expect(anew.turn).toEqual(edited.turn);
  scratch.destroy();
}, 240_000);

test("where reasoning is dropped, a turn reads the answer before it and its own text", async () => {
  const { ask, destroy } = await open();
  const prompt = "x".repeat(100);
  await ask(prompt, [], true);
  const path = [{ text: prompt, reply: { reasoning: "so it is", answer: "7.25" } }];
  const second = await ask("second", path, true);
  // The last token of the prompt is read again, since a reply is drawn from it.
  expect(second.recalled).toEqual({ reusedTokens: 101, readTokens: "]7.25\x01(second)".length, from: "memory" });
  const edited = await ask("third", path, true);
  expect(edited.recalled).toEqual({ reusedTokens: 107, readTokens: "(third)".length, from: "memory" });
  expect((await ask("second", path, true)).turn).toEqual(second.turn);
  destroy();
});
