import { expect } from "playwright/test";
import { expectAccessible } from "./fixtures/axe";
import { ConversationList } from "./fixtures/conversation-list";
import { engineLog } from "./fixtures/engine-log";
import { Longhand } from "./fixtures/longhand";
import { withoutEngine } from "./fixtures/patch-worker";
import { test } from "./fixtures/test";
import { FAST, openWithPen } from "./fixtures/with-pen";

test("kept and listed; gone back to by link, Back, Forward and reload", async ({ longhand }) => {
  const { page } = longhand;
  const { list, say } = await openWithPen(longhand);
  await expect(list.panel).toContainText("What you ask is kept here");
  await say("What is 7 * 8?", "56");
  await list.startNew.click();
  await say("Is 701 prime?", "1");
  await say("And 703?", "0");
  await expect(list.titles).toHaveText(["Is 701 prime?", "What is 7 * 8?"]);
  await expect(list.title("Is 701 prime?")).toHaveAttribute("aria-current", "page");
  await expectAccessible(page, "a conversation beside its list");

  await test.step("links, Back, Forward, reload", async () => {
    await list.title("What is 7 * 8?").click();
    await longhand.expectResult(1, "56");
    await expect(longhand.replies).toHaveCount(1);
    await page.goBack();
    await longhand.expectResult(2, "0");
    await page.goForward();
    await expect(longhand.replies).toHaveCount(1);
    await page.reload();
    await longhand.expectResult(1, "56");
    await expect(page.getByText("The conversation was read again: 8 tokens").first()).toBeVisible();
    await expect(page.getByRole("status").filter({ hasText: "The reply is complete." })).toHaveCount(0);
    await page.goto("/#/c/00000000-0000-4000-8000-000000000000");
    await expect(page.getByText("That conversation is not on this device").first()).toBeVisible();
    await expect(longhand.replies).toHaveCount(0);
  });
});

test("found by title and text, renamed, deleted, brought back, deleted for good", async ({ longhand }) => {
  const { page } = longhand;
  const { list, say } = await openWithPen(longhand);
  await say("What is 7 * 8?", "56");
  await list.startNew.click();
  await say("Is 701 prime?", "1");
  await say("And 703?", "0");

  await test.step("search looks into titles and texts", async () => {
    for (const [query, found] of [
      ["703", ["Is 701 prime?"]],
      ["boxed{56}", ["What is 7 * 8?"]],
      ["what IS", ["What is 7 * 8?"]],
      ["nowhere", []],
    ] as const) {
      await list.search.fill(query);
      await expect(list.titles).toHaveText([...found]);
    }
    await page.keyboard.press("Escape");
    await expect(list.titles).toHaveCount(2);
    for (const time of ["once", "again"]) {
      await longhand.message.focus();
      await page.keyboard.press("Control+KeyK");
      await expect(list.search, time).toBeFocused();
    }
  });

  await test.step("by keyboard: arrows, rename in place, delete, undo", async () => {
    await list.titles.first().focus();
    await page.keyboard.press("ArrowDown");
    await expect(list.titles.nth(1)).toBeFocused();
    await page.keyboard.press("F2");
    await page.keyboard.type("Products");
    await page.keyboard.press("Enter");
    await expect(list.titles).toHaveText(["Is 701 prime?", "Products"]);
    await expect(list.title("Products")).toBeFocused();
    await page.keyboard.press("Delete");
    await expect(list.titles).toHaveText(["Is 701 prime?"]);
    await expect(list.title("Is 701 prime?")).toBeFocused();
    await list.undo.click();
    await expect(list.titles).toHaveText(["Is 701 prime?", "Products"]);
  });

  await test.step("deleted for good, it is gone from the store, and the engine is told", async () => {
    await list.choose("Products", "Delete");
    await expect(list.title("Is 701 prime?")).toBeFocused();
    await expect(list.undo).toBeHidden({ timeout: 20_000 });
    await expect.poll(async () => (await engineLog(page)).some(({ kind }) => kind === "forget")).toBe(true);
    await page.reload();
    await expect(list.titles).toHaveText(["Is 701 prime?"]);
  });
});

test("a reload in mid-answer keeps what was written, which is gone on with", async ({ longhand }) => {
  const { page } = longhand;
  const { pen, list } = await openWithPen(longhand);
  await longhand.ask("Think for long.");
  await pen.write({ reasoning: "First this, then that, ", tokensPerSecond: FAST });
  await expect(longhand.reasoning(1)).toContainText("then that");
  await page.reload();
  await expect(longhand.reply(1)).toContainText("Interrupted.");
  await expect(longhand.reasoning(1)).toContainText("First this, then that,");
  await expect(list.titles).toHaveText(["Think for long."]);

  await page.getByRole("button", { name: "Continue" }).click();
  await pen.write({ reasoning: "and it is done.", tokensPerSecond: FAST });
  await pen.write({ answer: "So $\\boxed{7}$.", tokensPerSecond: FAST });
  await pen.end();
  await longhand.expectResult(1, "7");
  await expect(longhand.reply(1)).not.toContainText("Interrupted.");
  await expect(longhand.reasoning(1)).toContainText("First this, then that, and it is done.");
  const asked = (await engineLog(page)).findLast(({ kind }) => kind === "ask");
  expect(asked?.begun).toEqual({ reasoning: "First this, then that, ", answer: "" });
});

test("left in mid-answer, a reply is stopped, kept, and can be gone on with", async ({ longhand }) => {
  const { page } = longhand;
  const { pen, list, say } = await openWithPen(longhand);
  await say("What is 7 * 8?", "56");
  await list.startNew.click();
  await longhand.ask("Think for long.");
  await pen.write({ reasoning: "Half a thought", tokensPerSecond: FAST });
  await list.title("What is 7 * 8?").click();
  await longhand.expectResult(1, "56");
  await list.title("Think for long.").click();
  await expect(longhand.reasoning(1)).toContainText("Half a thought");
  await expect(longhand.reply(1)).toContainText("Stopped.");
  await expect(page.getByRole("button", { name: "Keep thinking" })).toBeVisible();
});

test("on a phone the list lies over the page", async ({ longhand }) => {
  const { page } = longhand;
  await page.setViewportSize({ width: 390, height: 844 });
  const { list, say } = await openWithPen(longhand);
  await expect(list.panel).toHaveCount(0);
  await say("What is 7 * 8?", "56");
  await list.startNew.click();
  await say("Is 701 prime?", "1");
  await list.toggle.click();
  await expect(page.getByRole("dialog", { name: "Conversations" })).toBeVisible();
  await expectAccessible(page, "the list over the page");
  await list.title("What is 7 * 8?").click();
  await expect(list.panel).toHaveCount(0);
  await longhand.expectResult(1, "56");
  await list.toggle.click();
  await list.choose("What is 7 * 8?", "Delete");
  await page.keyboard.press("Escape");
  await expect(list.panel).toHaveCount(0);
  await expect(longhand.replies).toHaveCount(0);
  await list.undo.click();
  await longhand.expectResult(1, "56");
});

test("what one tab says, the other lists, and shows where it has the conversation open", async ({
  context,
  longhand,
}) => {
  const { say } = await openWithPen(longhand);
  const other = new Longhand(await context.newPage());
  await withoutEngine(other.page);
  await other.goto();
  const list = new ConversationList(other.page);
  await expect(list.titles).toHaveCount(0);
  await longhand.page.bringToFront();
  await say("What is 7 * 8?", "56");
  await expect(list.titles).toHaveText(["What is 7 * 8?"]);
  await list.title("What is 7 * 8?").click();
  await other.expectResult(1, "56");
  await longhand.page.bringToFront();
  await say("And 9 * 9?", "81");
  await other.page.bringToFront();
  await other.expectResult(2, "81");
});
