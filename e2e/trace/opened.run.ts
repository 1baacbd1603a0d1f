import { expect, test } from "playwright/test";
import { answers } from "../fixtures/answers";
import { Longhand } from "../fixtures/longhand";
import { recordSmoothness, takeSmoothness } from "../fixtures/smoothness";
import { FAST, openWithPen } from "../fixtures/with-pen";
import { MainThreadTrace } from "./main-thread-trace";

const TOKENS = 5_000;
const TIMES = 2;

for (const kind of ["mixed", "list"] as const)
  test(`what opening a stored answer of 5,000 tokens costs: ${kind}`, async ({ page }) => {
    const longhand = new Longhand(page);
    await recordSmoothness(page);
    const { pen, list, say } = await openWithPen(longhand);
    await longhand.ask("Answer at length.");
    await pen.write({ answer: `${answers[kind](TOKENS)}\n\nThe answer is $\\boxed{42}$.`, tokensPerSecond: FAST });
    await pen.end();
    await longhand.expectResult(1, "42");
    const formulas = await longhand.reply(1).locator(".katex").count();
    await list.startNew.click();
    await say("Is 701 prime?", "1");
    const trace = await MainThreadTrace.of(page);
    const open = async () => {
      await expect(longhand.reply(1).locator(".katex")).toHaveCount(formulas);
      await longhand.expectResult(1, "42");
    };
    for (let time = 0; time < TIMES; time++) {
      await takeSmoothness(page);
      const costs = await trace.during(async () => {
        await list.title("Answer at length.").click();
        await open();
      });
      const { shifts, longTasks } = await takeSmoothness(page);
      console.log(kind, "from the list", {
        ...costs,
        shift: shifts.length,
        longTasks: longTasks.sort((a, b) => b - a).slice(0, 8),
      });
      console.log(shifts.map(({ value, moved }) => `${value} ${moved.join(" | ")}`).slice(0, 12));
      await list.title("Is 701 prime?").click();
      await longhand.expectResult(1, "1");
    }
    await list.title("Answer at length.").click();
    await open();
    const { frames, longestTask } = await trace.during(async () => {
      await page.reload();
      await open();
    });
    const { shifts } = await takeSmoothness(page);
    console.log(kind, "after a reload", {
      frames,
      longestTask,
      shift: shifts.reduce((sum, { value }) => sum + value, 0),
    });
    console.log(shifts.map(({ value, moved }) => `${value} ${moved.join(" | ")}`).slice(0, 12));
  });
