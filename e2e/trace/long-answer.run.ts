import { test } from "playwright/test";
import { answers } from "../fixtures/answers";
import { Longhand } from "../fixtures/longhand";
import { Pen, thoughts } from "../fixtures/pen";
import { recordSmoothness, takeSmoothness } from "../fixtures/smoothness";
import { MainThreadTrace } from "./main-thread-trace";

const TOKENS = 5_000;
const RATE = 550;
/** Until the end of the reply is drawn. */
const SETTLED_MS = 500;

for (const [kind, answerOf] of Object.entries(answers)) {
  test(`what an answer of 5,000 tokens costs: ${kind}`, async ({ page }) => {
    const pen = await Pen.of(page);
    const longhand = new Longhand(page);
    await recordSmoothness(page);
    await longhand.goto();
    await longhand.untilReady();
    console.log("the first visit", await takeSmoothness(page));
    await longhand.ask("Answer at length.");
    const trace = await MainThreadTrace.of(page);
    const costs = await trace.during(async () => {
      await pen.write({ reasoning: thoughts(1_000).text, tokensPerSecond: RATE });
      await pen.write({ answer: `${answerOf(TOKENS)}\n\nThe answer is $\\boxed{42}$.`, tokensPerSecond: RATE });
      await pen.end();
      await page.waitForTimeout(SETTLED_MS);
    });
    // What Playwright looks for it looks for in the page.
    await longhand.expectResult(1, "42");
    const { shifts, longTasks } = await takeSmoothness(page);
    const shift = shifts.reduce((sum, { value }) => sum + value, 0);
    console.log(kind, { ...costs, shift, longTasks: longTasks.sort((a, b) => b - a).slice(0, 10) });
    console.log(shifts.toSorted((a, b) => b.value - a.value).slice(0, 8));
  });
}
