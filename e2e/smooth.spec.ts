import { expect } from "playwright/test";
import { answers } from "./fixtures/answers";
import { recordSmoothness, takeSmoothness } from "./fixtures/smoothness";
import { test } from "./fixtures/test";
import { FAST, openWithPen } from "./fixtures/with-pen";

/** What the browser's own scale calls good is below 0.1. */
const HARDLY_ANY = 0.02;

test("nothing moves while the page is loading", async ({ longhand }) => {
  await recordSmoothness(longhand.page);
  await longhand.goto();
  await longhand.untilReady();
  expect((await takeSmoothness(longhand.page)).shifts).toEqual([]);
});

test("while an answer is written, what stands stays: it hardly moves, and no formula is set twice", async ({
  longhand,
}) => {
  const { page } = longhand;
  const { pen } = await openWithPen(longhand);
  await recordSmoothness(page);
  await longhand.ask("Answer at length.");
  const answer = answers.mixed(500);
  /** Marks what is typeset. @returns how many formulas had no mark yet, of how many. */
  const mark = () =>
    longhand
      .reply(1)
      .locator(".katex")
      .evaluateAll((formulas) => {
        const unmarked = formulas.filter((formula) => !(formula as HTMLElement).dataset.marked);
        for (const formula of unmarked) (formula as HTMLElement).dataset.marked = "yes";
        return { unmarked: unmarked.length, all: formulas.length };
      });
  let marked = 0;
  for (let from = 0; from < answer.length; from += 100) {
    await pen.write({ answer: answer.slice(from, from + 100), tokensPerSecond: FAST });
    const { unmarked, all } = await mark();
    expect(all - unmarked, "formulas that stayed").toBeGreaterThanOrEqual(marked);
    marked = all;
  }
  expect(marked).toBeGreaterThan(20);
  const { shifts } = await takeSmoothness(page);
  expect(shifts.reduce((sum, { value }) => sum + value, 0)).toBeLessThan(HARDLY_ANY);
});

test("a long list is one to the eye: no gap where it goes on in another block", async ({ longhand }) => {
  const { pen } = await openWithPen(longhand);
  await longhand.ask("List them.");
  await pen.write({ answer: answers.list(1_000), tokensPerSecond: FAST });
  await pen.end();
  await expect(longhand.reply(1)).toHaveAttribute("aria-busy", "false");
  const lists = await longhand
    .reply(1)
    .locator("ol")
    .evaluateAll((all) =>
      all.map((list) => {
        const { top, bottom } = list.getBoundingClientRect();
        return { start: (list as HTMLOListElement).start, items: list.childElementCount, top, bottom };
      }),
    );
  expect(lists.length).toBeGreaterThan(2);
  for (const [index, { start, top }] of lists.entries()) {
    const before = lists[index - 1];
    if (!before) continue;
    expect(start).toBe(before.start + before.items);
    expect(top).toBeCloseTo(before.bottom, 0);
  }
});
