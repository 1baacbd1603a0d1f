import { openTestGpu } from "@gpu/testing/harness";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PastTurn } from "../chat/context";
import type { Weights } from "../weights/weights";
import { MAX_TOKENS, openSmallModel, smallWeights } from "./testing/small-model";

let weights: Weights;
beforeAll(async () => {
  weights = smallWeights(await openTestGpu());
});
afterAll(() => weights.destroy());

const open = async () => openSmallModel(await openTestGpu(), weights);

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
