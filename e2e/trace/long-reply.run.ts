import { expect, test } from "playwright/test";
import { Longhand } from "../fixtures/longhand";
import { Pen, TOKEN_LENGTH, thoughts } from "../fixtures/pen";
import { MainThreadTrace } from "./main-thread-trace";

const RATES = [60, 500];
const SECONDS = 8;
/** In between. */
const FAST = 3_000;

test("what a frame costs at 1,000, 10,000 and 30,000 tokens of reasoning", async ({ page, browser }) => {
  const pen = await Pen.of(page);
  const longhand = new Longhand(page);
  await longhand.goto();
  await longhand.untilReady();
  await longhand.ask("Think for long.");
  const trace = await MainThreadTrace.of(page);
  console.log(`Chromium ${browser.version()}`);

  let line = 0;
  let tokens = 0;
  const write = async (count: number, tokensPerSecond: number) => {
    const { text, last } = thoughts(count, line + 1);
    await pen.write({ reasoning: text, tokensPerSecond });
    line = last;
    tokens += text.length / TOKEN_LENGTH;
  };
  for (const target of [1_000, 10_000, 30_000]) {
    await write(target - tokens, FAST);
    for (const rate of RATES) {
      const costs = await trace.during(() => write(rate * SECONDS, rate));
      console.log({ tokens: Math.round(tokens), rate, ...(await trace.held()), ...costs });
    }
  }
  await expect(longhand.reasoning(1)).toContainText(`Step ${line}:`);
  const answer = await trace.during(async () => {
    await pen.write({ answer: "The answer is $\\boxed{42}$.", tokensPerSecond: 60 });
    await pen.end();
    await longhand.expectResult(1, "42");
  });
  console.log("the answer", answer);
});
