import { expect, type Page } from "playwright/test";
import { Pen, thoughts } from "./fixtures/pen";
import { test } from "./fixtures/test";

const TOKENS = 30_000;
/** As many as a fast disk would bring: the page is to be brought to its end, not to be read on the way. */
const FAST = 20_000;
/** Reasoning of this length is about eighty blocks, of an element and a text each. */
const MOST_NODES = 300;

const viewport = (page: Page) => page.getByLabel("Reasoning text");
const nodesIn = (page: Page) =>
  viewport(page).evaluate((root) => {
    const walker = document.createTreeWalker(root);
    let count = 0;
    // What a formula takes is for those in sight only.
    while (walker.nextNode()) if (!walker.currentNode.parentElement?.closest(".formula, .formula-display")) count++;
    return count;
  });
/** How far from its end it is scrolled, in pixels. */
const distanceFromEnd = (page: Page) =>
  viewport(page).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
/** After a formula, which is copied as it was written, the browser breaks the line. */
const unspaced = (passage: string) => passage.replace(/\s+/g, "");
const selected = (page: Page) => page.evaluate(() => String(getSelection()));

test("30,000 tokens of reasoning: few nodes, followed until scrolled away, selectable, whole", async ({ longhand }) => {
  const { page } = longhand;
  const pen = await Pen.of(page);
  await longhand.goto();
  await longhand.untilReady();
  await longhand.ask("Think for long.");
  const { text, last } = thoughts(TOKENS);
  await pen.write({ reasoning: text, tokensPerSecond: FAST });

  await test.step("it is followed, and takes few nodes", async () => {
    await expect(longhand.reasoning(1)).toContainText(/Thinking for .* · 3\d,\d+ tokens/);
    await expect(viewport(page)).toContainText(`Step ${last}:`);
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2);
    await expect.poll(() => nodesIn(page)).toBeLessThan(MOST_NODES);
  });

  await test.step("a selection in the growing end outlives what is written after it", async () => {
    await viewport(page).evaluate((element) => {
      const end = element.querySelector(":scope > div")?.lastElementChild?.firstChild?.firstChild;
      if (end) getSelection()?.setBaseAndExtent(end, 0, end, 5);
    });
    const before = await selected(page);
    expect(before).not.toBe("");
    await pen.write({ reasoning: "More of it. ".repeat(400), tokensPerSecond: FAST });
    await expect(viewport(page)).toContainText("More of it.");
    expect(await selected(page)).toBe(before);
  });

  await test.step("scrolled away, it stays where it is", async () => {
    await viewport(page).hover();
    await page.mouse.wheel(0, -600);
    await expect.poll(() => distanceFromEnd(page)).toBeGreaterThan(300);
    const top = await viewport(page).evaluate((element) => element.scrollTop);
    await pen.write({ reasoning: "\nStep beyond: the end.\n".repeat(20), tokensPerSecond: FAST });
    await expect(viewport(page)).toContainText("Step beyond: the end.");
    expect(await viewport(page).evaluate((element) => element.scrollTop)).toBe(top);
  });

  await test.step("scrolled back to the end, it is followed again", async () => {
    await viewport(page).evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await pen.write({ reasoning: "\nHence the last line.", tokensPerSecond: FAST });
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2);
  });

  await test.step("the answer stands below, and all that was thought can be read and copied", async () => {
    await pen.write({ answer: "The answer is $\\boxed{42}$.", tokensPerSecond: FAST });
    await pen.end();
    await longhand.expectResult(1, "42");
    await longhand.reasoning(1).locator("summary").click();
    await expect(viewport(page)).toBeVisible();
    const copied = await viewport(page).evaluate((element) => {
      getSelection()?.selectAllChildren(element);
      return String(getSelection());
    });
    expect(unspaced(copied).startsWith(unspaced(text.slice(0, 2_000)))).toBe(true);
    expect(copied.trimEnd().endsWith("Hence the last line.")).toBe(true);
    for (const line of [7, 1_000, last]) expect(copied).toContain(`Step ${line}: `);
  });
});
