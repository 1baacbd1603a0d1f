import { expect, type Page } from "playwright/test";
import { expectAccessible } from "./fixtures/axe";
import { ConversationList } from "./fixtures/conversation-list";
import type { Longhand } from "./fixtures/longhand";
import { patchWorker } from "./fixtures/patch-worker";
import { Pen } from "./fixtures/pen";
import { test } from "./fixtures/test";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
const ANSWER =
  "The product is\n\n$$347 \\cdot 58 = 20126$$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n    code\n\nso it is $\\boxed{20126}$.";

const openDialog = async (page: Page, keys: string, title: string) => {
  await page.keyboard.press(keys);
  await expect(page.getByRole("dialog", { name: title })).toBeVisible();
};

/** From the first screen to the last, axe looks at each. */
async function lookAtAll(longhand: Longhand, pen: Pen) {
  const { page } = longhand;
  await longhand.goto();
  await longhand.untilReady();
  await expectAccessible(page, "the welcome");
  await page.getByRole("button", { name: "Privacy" }).click();
  await expectAccessible(page, "what is said of privacy");
  await page.keyboard.press("Escape");
  for (const [keys, title] of [
    ["Control+Comma", "Settings"],
    ["Control+Shift+KeyL", "Models"],
  ] as const) {
    await openDialog(page, keys, title);
    if (title === "Models") await expect(page.getByRole("dialog").getByRole("article").first()).toBeVisible();
    await expectAccessible(page, title);
    await page.keyboard.press("Escape");
  }
  await longhand.message.blur();
  await openDialog(page, "?", "Keyboard shortcuts");
  await expectAccessible(page, "the shortcuts");
  await page.keyboard.press("Escape");

  await longhand.send.click();
  await expect(longhand.alert).toBeVisible();
  await expectAccessible(page, "a hint at an empty message");
  await longhand.ask("What is 347 * 58?");
  await pen.write({ reasoning: "347 * 8 = 2776\n".repeat(40), tokensPerSecond: 5_000 });
  await expect(longhand.reasoning(1)).toContainText("Thinking for");
  await expectAccessible(page, "a reply that is thought about");
  await pen.write({ answer: ANSWER, tokensPerSecond: 5_000 });
  await pen.end();
  await longhand.expectResult(1, "20126");
  await expectAccessible(page, "the conversation");
  await longhand.reasoning(1).locator("summary").click();
  await expectAccessible(page, "reasoning that is opened to be read");
  await lookAtList(page);
}

/** The list of conversations, its menu, and a prompt that is edited. */
async function lookAtList(page: Page) {
  await page.getByRole("button", { name: "Edit the prompt" }).click();
  await expectAccessible(page, "a prompt that is edited");
  await page.keyboard.press("Escape");
  const list = new ConversationList(page);
  if (!(await list.panel.isVisible())) await list.toggle.click();
  await expect(list.panel).toBeVisible();
  await expectAccessible(page, "the conversations");
  await list.panel.getByRole("button", { name: "Actions for all conversations" }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  await expectAccessible(page, "a menu");
  await page.keyboard.press("Escape");
}

for (const colorScheme of ["light", "dark"] as const)
  for (const viewport of SIZES)
    test.describe(() => {
      test.use({ colorScheme, viewport });
      test(`axe is content with every screen: ${colorScheme}, ${viewport.width} wide`, async ({ longhand }) => {
        await lookAtAll(longhand, await Pen.of(longhand.page));
      });
    });

test.describe(() => {
  test.use({ mayComplain: true });
  test("axe is content with a fault", async ({ longhand }) => {
    const { page } = longhand;
    await patchWorker(page, () => Object.defineProperty(navigator, "gpu", { value: undefined }));
    await longhand.goto();
    await expect(longhand.alert).toBeVisible();
    await expectAccessible(page, "a fault");
  });
});

test("the whole page by keyboard: skip link, shortcuts, Escape, and the focus goes back where it was", async ({
  longhand,
}) => {
  const { page } = longhand;
  const pen = await Pen.of(page);
  await longhand.goto();
  await longhand.untilReady();

  await test.step("a link skips what is at the top", async () => {
    const skip = page.getByRole("link", { name: "Skip to the content" });
    await expect(skip).not.toBeInViewport();
    await skip.focus();
    await expect(skip).toBeInViewport();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("main")).toBeFocused();
    await page.keyboard.press("/");
    await expect(longhand.message).toBeFocused();
  });

  await test.step("? and / are letters in a field, and shortcuts outside of it", async () => {
    await page.keyboard.type("6/2?");
    await expect(longhand.message).toHaveValue("6/2?");
    await longhand.message.blur();
    await openDialog(page, "?", "Keyboard shortcuts");
    for (const words of ["Settings", "Answer now", "Rename a conversation", "Delete a conversation"])
      await expect(page.getByRole("dialog")).toContainText(words);
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await expect(longhand.message).toBeFocused();
    await expect(longhand.message).toHaveValue("6/2?");
  });

  await test.step("Escape closes a dialog first, then ends the reply; no token is announced", async () => {
    await page.keyboard.press("Enter");
    await pen.write({ reasoning: "Six halves are three.", tokensPerSecond: 5_000 });
    const announced = page.getByRole("status").filter({ hasText: /Thinking/ });
    await expect(announced).toHaveText("Thinking.");
    await openDialog(page, "Control+Comma", "Settings");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(longhand.message).toBeFocused();
    await expect(longhand.stop).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(longhand.reply(1)).toContainText("Stopped.");
  });

  await test.step("a new conversation", async () => {
    await page.keyboard.press("Control+Shift+KeyO");
    await expect(longhand.replies).toHaveCount(0);
  });
});

test("text that is written from the right runs from there, mathematics in it from the left", async ({ longhand }) => {
  const { page } = longhand;
  const pen = await Pen.of(page);
  await longhand.goto();
  await longhand.untilReady();
  await longhand.ask("כמה זה 2 + 2?");
  await pen.write({ answer: "In English first.\n\nהתשובה היא $2 + 2 = \\boxed{4}$.", tokensPerSecond: 5_000 });
  await pen.end();
  await longhand.expectResult(1, "4");
  const conversation = page.getByRole("log");
  const directionOf = (text: string) =>
    conversation.getByText(text).evaluate((element) => getComputedStyle(element).direction);
  expect(await directionOf("כמה זה")).toBe("rtl");
  const startOf = (text: string) =>
    conversation.getByText(text).evaluate((element) => {
      const [range, box] = [document.createRange(), element.getBoundingClientRect()];
      range.selectNodeContents(element);
      const words = range.getBoundingClientRect();
      return Math.abs(words.left - box.left) < Math.abs(words.right - box.right) ? "left" : "right";
    });
  expect(await startOf("In English first.")).toBe("left");
  expect(await startOf("התשובה היא")).toBe("right");
  expect(
    await page
      .locator(".katex")
      .first()
      .evaluate((element) => getComputedStyle(element).direction),
  ).toBe("ltr");
});
