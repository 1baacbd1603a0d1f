import { expect, type Page } from "playwright/test";
import { expectAccessible } from "./fixtures/axe";
import type { Longhand } from "./fixtures/longhand";
import { type Pen, thoughts } from "./fixtures/pen";
import { test } from "./fixtures/test";
import { FAST, openWithPen } from "./fixtures/with-pen";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
const BUDGET = 2_000;
const ANSWER = [
  "The half is \\(\\frac{1}{2}\\), as in",
  "$$\\sum_{k=1}^{n} \\frac{1}{2^k} = 1 - \\frac{1}{2^n}$$",
  `| n | ${"a long heading | ".repeat(12)}\n|---|${"---|".repeat(12)}\n| $1$ | ${"2 | ".repeat(12)}`,
  "```python\nprint(1 / 2)  # $0.5$\n```",
  "so it is $\\boxed{\\frac{1}{2}}$.",
].join("\n\n");

const viewport = (page: Page) => page.getByLabel("Reasoning text");
const answerNow = (page: Page) => page.getByRole("button", { name: "Answer now" });
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());
/** The browser breaks the line after a formula that it does not copy. */
const unspaced = (text: string) => text.replace(/\s+/g, "");
/** What a person would copy who selects all of an element. */
const selectedIn = (element: Element) => {
  getSelection()?.selectAllChildren(element);
  const text = String(getSelection());
  getSelection()?.removeAllRanges();
  return text;
};

/** Bounded, counted, measured against its budget; nothing moves while it grows. */
async function watchThinking(longhand: Longhand, pen: Pen) {
  const { page } = longhand;
  const reasoning = longhand.reasoning(1);
  await pen.write({ reasoning: "First.\n", tokensPerSecond: FAST });
  const line = () => reasoning.locator("summary").boundingBox();
  const [before, button] = [await line(), await answerNow(page).boundingBox()];
  await pen.write({ reasoning: thoughts(1_000).text, tokensPerSecond: FAST });
  await expect(reasoning).toContainText(/Thinking for .* · 1,0\d\d tokens · [\d.,]+ tokens\/s/);
  const meter = page.getByRole("meter", { name: "Thinking budget used" });
  await expect(meter).toHaveAttribute("aria-valuemax", String(BUDGET));
  expect(Number(await meter.getAttribute("aria-valuenow"))).toBeGreaterThan(1_000);
  const height = (await viewport(page).boundingBox())?.height ?? 0;
  expect(height).toBeLessThanOrEqual((page.viewportSize()?.height ?? 0) * 0.4 + 1);
  expect((await line())?.y).toBe(before?.y);
  expect((await line())?.height).toBe(before?.height);
  expect(await answerNow(page).boundingBox()).toEqual(button);
}

async function copyResult(longhand: Longhand, pen: Pen) {
  const { page } = longhand;
  const result = page.getByRole("figure", { name: "Answer" });
  await expect(result).toBeHidden();
  await pen.end();
  await longhand.expectResult(1, "\\frac{1}{2}");
  await result.getByRole("button", { name: "Copy as text" }).click();
  await expect.poll(() => copied(page)).toBe("1/2");
  await result.getByRole("button", { name: "Copy as LaTeX" }).click();
  await expect.poll(() => copied(page)).toBe("\\frac{1}{2}");
}

/** Code, formulas and what is selected. */
async function copyAll({ page }: Longhand) {
  await page.getByRole("button", { name: "Copy code" }).click();
  await expect.poll(() => copied(page)).toBe("print(1 / 2)  # $0.5$");
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  await expect.poll(() => copied(page)).toContain("\n| $1$ | 2 | 2 |");
  await page.getByRole("button", { name: "Copy as TSV" }).click();
  await expect.poll(() => copied(page)).toContain("\n$1$\t2\t2");
  await page.getByRole("button", { name: "Copy the formula as LaTeX" }).click();
  await expect.poll(() => copied(page)).toContain("\\sum_{k=1}^{n}");
  // The middle of the box may lie between numerator and denominator, where there is nothing.
  await page.getByTitle("Click to copy as LaTeX").first().locator(".mord").last().click();
  await expect.poll(() => copied(page)).toBe("\\frac{1}{2}");
  const sentence = await page.getByText("The half is").evaluate(selectedIn);
  expect(unspaced(sentence)).toBe(unspaced("The half is \\(\\frac{1}{2}\\), as in"));
}

for (const viewportSize of SIZES)
  test.describe(() => {
    test.use({
      viewport: viewportSize,
      permissions: ["clipboard-read", "clipboard-write"],
      chosen: { thinkingBudget: BUDGET },
    });

    test(`a thought is followed, ended, folded, its answer copied: ${viewportSize.width} wide`, async ({
      longhand,
    }) => {
      const { page } = longhand;
      const { pen } = await openWithPen(longhand);
      await longhand.ask("What is a half?");
      await test.step("it is watched", () => watchThinking(longhand, pen));

      await test.step("formulas in sight are typeset; what is copied is what was written", async () => {
        await viewport(page).evaluate((element) => element.scrollTo(0, 0));
        await expect(viewport(page).locator(".katex").first()).toBeVisible();
        await expectAccessible(page, "a reply that is thought about");
        const text = await viewport(page).evaluate(selectedIn);
        expect(unspaced(text)).toContain(unspaced(thoughts(200).text));
      });

      await test.step("Answer now, by button and by key, also while a message is written; then the thought is one line", async () => {
        await answerNow(page).click();
        await page.keyboard.press("Control+Enter");
        await longhand.message.press("Control+Enter");
        await expect.poll(() => pen.heard("answer-now")).toBe(3);
        await pen.write({ answer: ANSWER, tokensPerSecond: FAST });
        await expect(answerNow(page)).toBeHidden();
        await expect(viewport(page)).toBeHidden();
        await expect(longhand.reasoning(1).locator("summary")).toContainText(/Thought for .* · 1,0\d\d tokens$/);
      });

      await test.step("the result stands below the finished reply", () => copyResult(longhand, pen));
      await test.step("all else can be copied", () => copyAll(longhand));

      await test.step("a wide table scrolls by itself", async () => {
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
        await page.getByRole("group", { name: "Table" }).evaluate((element) => element.scrollTo(9_999, 0));
        await expectAccessible(page, "a reply with all that can be copied");
      });
    });
  });

/** So fast that a piece comes at once. */
const AT_ONCE = 1e9;

test("a thought that is gone on with stays as it stands, its formulas and what is selected", async ({ longhand }) => {
  const { page } = longhand;
  const { pen } = await openWithPen(longhand);
  await longhand.ask("What is a half?");
  await pen.write({ reasoning: `${thoughts(200).text}So $h = 1$, and`, tokensPerSecond: FAST });
  await longhand.stop.click();
  const formulas = viewport(page).locator(".katex");
  const written = viewport(page).locator(".formula-source");
  await expect(written.last()).toHaveText("$h = 1$");
  const before = await formulas.count();
  const isMarked = () => written.last().evaluate((last) => getSelection()?.containsNode(last, true));
  await written.last().evaluate((last) => getSelection()?.selectAllChildren(last.closest(".thought-line") ?? last));
  await page.getByRole("button", { name: "Keep thinking" }).click();
  await pen.write({ reasoning: " more", tokensPerSecond: FAST });
  await expect(viewport(page)).toContainText("and more");
  expect(await formulas.count()).toBe(before);
  expect(await isMarked()).toBe(true);
  // Below, for a line in which something is selected stays as it was written.
  await pen.write({ reasoning: " words.\nThen $k = 2$.\n", tokensPerSecond: FAST });
  await expect(written.last()).toHaveText("$k = 2$");
  await expect(formulas).toHaveCount(before + 1);
});

test("a folded thought that is gone on with has its formulas typeset", async ({ longhand }) => {
  const { page } = longhand;
  const { pen } = await openWithPen(longhand);
  await longhand.ask("What is a half?");
  await pen.write({ reasoning: `${thoughts(200).text}So $h = 1$, and`, tokensPerSecond: FAST });
  await longhand.stop.click();
  await longhand.reasoning(1).locator("summary").click();
  await expect(viewport(page)).toBeHidden();
  await expect(viewport(page).locator(".katex")).toHaveCount(0);
  await page.getByRole("button", { name: "Keep thinking" }).click();
  await longhand.reasoning(1).locator("summary").click();
  await pen.write({ reasoning: " more", tokensPerSecond: FAST });
  await expect(viewport(page)).toContainText("and more");
  await expect(viewport(page).locator(".formula-source").last()).toHaveText("$h = 1$");
});

test("what follows a formula that a large piece has left open is prose", async ({ longhand }) => {
  const { page } = longhand;
  const { pen } = await openWithPen(longhand);
  await longhand.ask("What is a half?");
  await pen.write({ reasoning: `${"Many words.\n".repeat(40)}$$\nx = 1\n`, tokensPerSecond: AT_ONCE });
  await expect(viewport(page)).toContainText("x = 1");
  await pen.write({ reasoning: "$$\nSo it is, and\n$$\ny = 2\n$$\nThe end.", tokensPerSecond: AT_ONCE });
  const written = viewport(page).locator(".formula-source");
  await expect(written).toHaveText(["$$\nx = 1\n$$", "$$\ny = 2\n$$"]);
});
