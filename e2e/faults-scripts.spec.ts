import { expect } from "playwright/test";
import { test } from "./fixtures/test";
import { FAST, openWithPen } from "./fixtures/with-pen";

test.use({ mayComplain: true });

test("a dialog that cannot be loaded says so; the page goes on, and gets it when it is reloaded", async ({
  longhand,
}) => {
  const { page } = longhand;
  await page.route(/\/assets\/models-dialog-[^/]+[.]js$/, (route) => route.abort());
  const { say } = await openWithPen(longhand);
  await page.getByRole("button", { name: "Models" }).click();
  const missing = page.getByRole("dialog", { name: "Not loaded" });
  await expect(missing.getByRole("alert")).toContainText("This part of the page could not be loaded.");
  await page.keyboard.press("Escape");
  await say("What is 7 * 8?", "56");

  await page.unroute(/\/assets\/models-dialog-[^/]+[.]js$/);
  await page.getByRole("button", { name: "Models" }).click();
  await missing.getByRole("button", { name: "Reload the page" }).click();
  await longhand.expectResult(1, "56");
  await page.getByRole("button", { name: "Models" }).click();
  await expect(page.getByRole("dialog", { name: "Models" }).getByRole("article").first()).toBeVisible();
});

test("without what sets answers, they are plain", async ({ longhand }) => {
  const { page } = longhand;
  await page.route(/\/assets\/markdown-[^/]+[.]js$/, (route) => route.abort());
  const { pen } = await openWithPen(longhand);
  await longhand.ask("What is 7 * 8?");
  await pen.write({ answer: "It is $\\boxed{56}$.", tokensPerSecond: FAST });
  await pen.end();
  await expect(longhand.reply(1)).toContainText("It is $\\boxed{56}$.");
  await expect(longhand.message).toBeEnabled();
});
