import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, type Page, test } from "playwright/test";
import { Longhand } from "../fixtures/longhand";
import { Pen } from "../fixtures/pen";
import { ANSWER, PROBLEM, THOUGHT } from "./reply";
import { asWebp } from "./webp";

const SIZES = { desktop: { width: 1024, height: 720 }, phone: { width: 390, height: 760 } };
const SCHEMES = ["light", "dark"] as const;
const QUALITY = 0.7;
const RATE = 200;

/** One picture for each size and scheme, of what the page shows now. */
async function take(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES))
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.waitForTimeout(1_000);
      await page.getByRole("log").evaluateAll((all) => all.map((log) => log.scrollTo(0, log.scrollHeight)));
      const picture = await asWebp(page.context(), await page.screenshot({ caret: "hide" }), QUALITY);
      await writeFile(fileURLToPath(new URL(`${name}-${size}-${colorScheme}.webp`, import.meta.url)), picture);
    }
}

test("a reply", async ({ page }) => {
  const pen = await Pen.of(page, { adapter: "" });
  const longhand = new Longhand(page);
  await longhand.goto();
  await longhand.untilReady();
  await longhand.ask(PROBLEM);
  await pen.write({ reasoning: THOUGHT, tokensPerSecond: RATE });
  await expect(page.getByLabel("Reasoning text").locator(".katex").first()).toBeVisible();
  await take(page, "thought");
  await pen.write({ answer: ANSWER, tokensPerSecond: RATE });
  await pen.end();
  await longhand.expectResult(1, "2 < x < 3");
  await take(page, "answer");
});

test("the models, and the settings", async ({ page }) => {
  const longhand = new Longhand(page);
  await longhand.goto();
  await longhand.untilReady();
  await page.getByRole("button", { name: "Models" }).click();
  await expect(page.getByRole("dialog", { name: "Models" }).getByRole("listitem").first()).toBeVisible();
  await take(page, "models");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
  await take(page, "settings");
});
