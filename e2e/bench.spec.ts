import { readFile } from "node:fs/promises";
import { expect } from "playwright/test";
import { test } from "./fixtures/test";

interface Report {
  readonly model: string;
  readonly commit: string;
  readonly tables: readonly { readonly title: string; readonly rows: readonly { readonly figures: object }[] }[];
}

const TITLES = ["Peak", "Weights", "Prefill", "From IndexedDB", "Through the page's own worker"];

test("a small part of the bench: its tables, and the same as JSON", async ({ page }) => {
  await page.goto("/bench.html?only=prefill&prompts=16&contexts=40&commit=abc");
  await page.getByRole("button", { name: "Start" }).click();
  const saving = page.getByRole("link", { name: "Save as JSON" });
  await expect(saving).toBeVisible({ timeout: 240_000 });
  for (const title of TITLES) await expect(page.getByRole("table", { name: title })).toBeVisible();
  const through = page.getByRole("table", { name: "Through the page's own worker" });
  await expect(through.getByRole("columnheader", { name: "tokens/s" })).toBeVisible();
  await expect(through.getByRole("rowheader", { name: "at 40" })).toBeVisible();

  const download = page.waitForEvent("download");
  await saving.click();
  const report: Report = JSON.parse(await readFile(await (await download).path(), "utf8"));
  expect(report).toMatchObject({ commit: "abc", model: "8 layers of width 384, vocabulary 1024" });
  expect(report.tables.map(({ title }) => title)).toEqual(TITLES);
  for (const { rows } of report.tables) expect(rows.length).toBeGreaterThan(0);

  // The model of random weights is gone again.
  const names = await page.evaluate(async () => {
    const opening = indexedDB.open("longhand-models");
    await new Promise((resolve) => opening.addEventListener("success", resolve));
    const keys = opening.result.transaction("pieces").objectStore("pieces").getAllKeys();
    await new Promise((resolve) => keys.addEventListener("success", resolve));
    return keys.result;
  });
  expect(names).toEqual([]);
});

test("a plan that cannot be followed is refused with a sentence", async ({ page }) => {
  await page.goto("/bench.html?contexts=many");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("alert")).toContainText('contexts: "many" is not a positive whole number.');
});
