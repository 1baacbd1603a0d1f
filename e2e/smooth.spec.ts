import { expect } from "playwright/test";
import { answers } from "./fixtures/answers";
import { thoughts } from "./fixtures/pen";
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

test("while a thought is written and its formulas are typeset, none of its lines moves", async ({ longhand }) => {
  const { page } = longhand;
  const { pen } = await openWithPen(longhand);
  await recordSmoothness(page);
  await longhand.ask("Think.");
  await pen.write({ reasoning: thoughts(1_000).text, tokensPerSecond: 200 });
  const text = page.getByLabel("Reasoning text");
  await expect(text.locator(".reasoning-block").last().locator(".katex").last()).toBeVisible();
  const { shifts } = await takeSmoothness(page);
  expect(shifts.filter(({ moved }) => moved.some((one) => /thought-line|reasoning-block/.test(one)))).toEqual([]);
});

/** How far before the end of an answer, in characters, what is added to it may change anything. */
const NEAR_END = 1_200;

for (const kind of ["prose", "table", "code", "list"] as const)
  test(`what is added to a long block changes its end only: ${kind}`, async ({ longhand }) => {
    const { pen } = await openWithPen(longhand);
    await longhand.ask("Answer at length.");
    const text = answers[kind](3_000);
    await pen.write({ answer: text.slice(0, 10_000), tokensPerSecond: FAST });
    const answer = longhand.reply(1).locator(".answer");
    await expect.poll(() => answer.evaluate((element) => element.textContent.length)).toBeGreaterThan(8_000);
    await answer.evaluate(watchChanges);
    await pen.write({ answer: text.slice(10_000, 11_000), tokensPerSecond: 1_000 });
    const changes = await answer.evaluate(() => changesBeforeEnd);
    expect(changes.length).toBeGreaterThan(10);
    expect(Math.max(...changes)).toBeLessThan(NEAR_END);
  });

declare global {
  /** Set by `watchChanges`: of each change, how much of the text that had stood there before came after its beginning. */
  var changesBeforeEnd: number[];
}

/** Runs in the page. */
function watchChanges(answer: Element): void {
  globalThis.changesBeforeEnd = [];
  const observer = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      const changed = type === "childList" ? [...addedNodes].filter((node) => node.isConnected) : [target];
      for (const node of changed) {
        const after = document.createRange();
        after.setStartBefore(node);
        after.setEndAfter(answer);
        changesBeforeEnd.push(after.toString().length);
      }
    }
  });
  observer.observe(answer, { subtree: true, childList: true, characterData: true });
}

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
  const answer = answers.list(1_000);
  await pen.write({ answer, tokensPerSecond: FAST });
  await pen.end();
  await expect(longhand.reply(1)).toHaveAttribute("aria-busy", "false");
  // What was there before the script that sets it is set in slices.
  const items = answer.match(/^\d+\. /gm) ?? [];
  await expect(longhand.reply(1).locator("li")).toHaveCount(items.length);
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
