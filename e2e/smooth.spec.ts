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

test("while an answer is written, what stands stays", async ({ longhand }) => {
  const { page } = longhand;
  const { pen } = await openWithPen(longhand);
  await recordSmoothness(page);
  await longhand.ask("Answer at length.");
  await pen.write({ answer: answers.mixed(1_000), tokensPerSecond: 1_000 });
  await pen.end();
  await expect(longhand.reply(1)).toHaveAttribute("aria-busy", "false");
  const { shifts } = await takeSmoothness(page);
  expect(shifts.reduce((sum, { value }) => sum + value, 0)).toBeLessThan(HARDLY_ANY);
});

for (const kind of ["list", "table"] as const)
  test(`no formula is set twice while its block grows: a ${kind}`, async ({ longhand }) => {
    const { pen } = await openWithPen(longhand);
    await longhand.ask("Answer at length.");
    const formulas = longhand.reply(1).locator(".katex");
    /** Marks what is typeset. @returns how many have no mark yet, of how many. */
    const mark = () =>
      formulas.evaluateAll((all) => {
        const unmarked = all.filter((formula) => !(formula as HTMLElement).dataset.marked);
        for (const formula of unmarked) (formula as HTMLElement).dataset.marked = "yes";
        return { unmarked: unmarked.length, all: all.length };
      });
    // The head of a table is seen with its first row.
    const [first = "", second = "", third = "", ...lines] = answers[kind](250).split(/(?<=\n)/);
    let marked = 0;
    for (const line of [first + second + third, ...lines]) {
      await pen.write({ answer: line, tokensPerSecond: FAST });
      await expect.poll(() => formulas.count()).toBeGreaterThan(marked);
      const { unmarked, all } = await mark();
      expect(all - unmarked, "formulas that stayed").toBe(marked);
      marked = all;
    }
    expect(marked).toBeGreaterThan(10);
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
