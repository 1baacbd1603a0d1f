import { expect, type Page } from "playwright/test";
import { engineLog } from "./fixtures/engine-log";
import { Pen } from "./fixtures/pen";
import { test } from "./fixtures/test";
import { FAST, openWithPen } from "./fixtures/with-pen";

const action = (page: Page, name: string) => page.getByRole("button", { name }).last();
const lastRecalled = async (page: Page) => {
  const heard = (await engineLog(page)).findLast(({ kind }) => kind === "recalled");
  return { readTokens: Number.NaN, reusedTokens: Number.NaN, ...heard };
};
const isLastTurnKept = async (page: Page) => {
  const kinds = (await engineLog(page)).map(({ kind }) => kind);
  return kinds.lastIndexOf("kept") > kinds.lastIndexOf("finished");
};
const reasoningText = (page: Page) => page.getByLabel("Reasoning text").last();

test("regenerating and editing the last turn read none of the earlier ones again; a reload reads nothing that is stored", async ({
  longhand,
}, testInfo) => {
  const { page } = longhand;
  await longhand.goto();
  await longhand.untilReady();
  await longhand.ask("What is 7 * 8?");
  await longhand.expectResult(1, "56");
  await longhand.ask("Compute 8 + 4 - 1");
  await longhand.expectResult(2, "11");
  const asked = await lastRecalled(page);

  await test.step("regenerated: the same context, of which only the last token is read, the one that a reply follows", async () => {
    await action(page, "Ask once more").click();
    await longhand.expectResult(2, "11");
    const again = await lastRecalled(page);
    expect(again.readTokens + again.reusedTokens).toBe(asked.readTokens + asked.reusedTokens);
    expect(again.readTokens).toBe(1);
    testInfo.annotations.push({ type: "tokens read to regenerate", description: `${again.readTokens}` });
    await expect(page.getByText("2 / 2")).toBeVisible();
  });

  await test.step("edited: what came before it is there", async () => {
    await action(page, "Edit the prompt").click();
    await page.getByRole("textbox", { name: "Prompt" }).fill("Compute 9 + 4 - 1");
    await page.keyboard.press("Control+Enter");
    await longhand.expectResult(2, "12");
    const edited = await lastRecalled(page);
    expect(edited.reusedTokens).toBeGreaterThanOrEqual(asked.reusedTokens);
    testInfo.annotations.push({ type: "tokens read to edit", description: `${edited.readTokens}` });
    await expect(page.getByText("3 / 3")).toBeVisible();
  });

  await expect.poll(() => isLastTurnKept(page)).toBe(true);
  await test.step("after a reload the branch that was shown is there, and is gone on with", async () => {
    await action(page, "Previous branch").click();
    await longhand.expectResult(2, "11");
    await page.reload();
    await longhand.untilReady();
    await longhand.expectResult(2, "11");
    await expect(page.getByText("2 / 3")).toBeVisible();
    await longhand.ask("Compute 7 + 4 - 1");
    await longhand.expectResult(3, "10");
    // Read ahead, or with the question if that came first.
    const recalled = (await engineLog(page)).find(({ kind }) => kind === "prepared" || kind === "recalled");
    expect(recalled?.recalledFrom).toBe("storage");
    testInfo.annotations.push({ type: "recalled after a reload", description: JSON.stringify(recalled) });
  });
});

for (const [width, height] of [
  [1280, 800],
  [390, 844],
] as const)
  test(`edit in place, give it up, switch, copy, ${width} wide`, async ({ context, longhand }) => {
    const { page } = longhand;
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.setViewportSize({ width, height });
    const pen = await Pen.of(page);
    await longhand.goto();
    await longhand.untilReady();
    const reply = async (boxed: string) => {
      await pen.write({ answer: `$\\boxed{${boxed}}$`, tokensPerSecond: FAST });
      await pen.end();
      await longhand.expectResult(await longhand.replies.count(), boxed);
    };
    await longhand.ask("one");
    await reply("1");
    await longhand.ask("two");
    await reply("2");

    const editor = page.getByRole("textbox", { name: "Prompt" });
    await page.getByRole("button", { name: "Edit the prompt" }).first().click();
    await editor.fill("none");
    await page.keyboard.press("Escape");
    await expect(editor).toHaveCount(0);
    await expect(longhand.replies).toHaveCount(2);

    await page.getByRole("button", { name: "Edit the prompt" }).first().click();
    await expect(editor).toHaveValue("one");
    await editor.fill("eins");
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await reply("11");
    await expect(longhand.replies).toHaveCount(1);
    await page.keyboard.press("Control+Shift+KeyC");
    await expect(action(page, "Copied")).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("$\\boxed{11}$");

    await action(page, "Previous branch").click();
    await longhand.expectResult(2, "2");
    await expect(page.getByRole("button", { name: "Previous branch" })).toBeDisabled();
    await page.getByRole("button", { name: "Next branch" }).click();
    await longhand.expectResult(1, "11");

    await longhand.ask("three");
    await pen.write({ reasoning: "half", tokensPerSecond: FAST });
    await page.keyboard.press("Escape");
    await action(page, "Keep thinking").click();
    await pen.write({ reasoning: " a thought", tokensPerSecond: FAST });
    await expect(reasoningText(page)).toHaveText("half a thought");
    await reply("3");
  });

test("the focus stays by what was pressed: the editor, a reply asked for once more, branches", async ({ longhand }) => {
  const { page } = longhand;
  const { pen, say } = await openWithPen(longhand);
  await say("one", "1");
  const edit = action(page, "Edit the prompt");
  await edit.press("Enter");
  await page.keyboard.press("Escape");
  await expect(edit).toBeFocused();
  await action(page, "Ask once more").press("Enter");
  await expect(longhand.reply(1)).toBeFocused();
  await pen.write({ answer: "$\\boxed{2}$", tokensPerSecond: FAST });
  await pen.end();
  await longhand.expectResult(1, "2");
  const [previous, next] = [action(page, "Previous branch"), action(page, "Next branch")];
  await previous.press("Enter");
  await longhand.expectResult(1, "1");
  await expect(previous).toBeDisabled();
  await expect(previous).toBeFocused();
  await next.press("Enter");
  await longhand.expectResult(1, "2");
  await expect(next).toBeFocused();
});

test("a prompt that is edited while a reply is written keeps its text until it can be asked", async ({ longhand }) => {
  const { page } = longhand;
  const { pen, say } = await openWithPen(longhand);
  await say("one", "1");
  await page.getByRole("button", { name: "Edit the prompt" }).click();
  const editor = page.getByRole("textbox", { name: "Prompt" });
  await editor.fill("eins");
  await longhand.ask("two");
  await editor.press("Control+Enter");
  await expect(page.getByRole("button", { name: "Ask", exact: true })).toBeDisabled();
  await expect(editor).toHaveValue("eins");
  await pen.end();
  await editor.press("Control+Enter");
  await expect(editor).toHaveCount(0);
  await expect(page.getByText("eins", { exact: true })).toBeVisible();
  await expect.poll(() => pen.heard("ask")).toBe(3);
});

test("what was done with one reply is not said of the one that takes its place", async ({ longhand }) => {
  const { page } = longhand;
  const { pen } = await openWithPen(longhand);
  const answer = async (code: string) => {
    await pen.write({ answer: `\`\`\`\n${code}\n\`\`\`\n`, tokensPerSecond: FAST });
    await pen.end();
    await expect(longhand.reply(1)).toContainText(code);
    await expect(longhand.reply(1)).toHaveAttribute("aria-busy", "false");
  };
  await page.evaluate(() => {
    navigator.clipboard.writeText = async () => {};
  });
  await longhand.ask("Write code.");
  await answer("first()");
  await action(page, "Ask once more").click();
  await answer("second()");
  await longhand.reply(1).getByRole("button", { name: "Copy code" }).click();
  await expect(longhand.reply(1).getByRole("button", { name: "Copied" })).toBeVisible();
  await action(page, "Previous branch").click();
  await expect(longhand.reply(1)).toContainText("first()");
  // At once: after a moment it would be gone by itself.
  expect(await longhand.reply(1).getByRole("button", { name: "Copied" }).count()).toBe(0);
});
