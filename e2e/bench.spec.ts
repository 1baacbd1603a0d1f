import { readFile } from "node:fs/promises";
import { expect, type Locator, type Page } from "playwright/test";
import { expectAccessible } from "./fixtures/axe";
import { patchWorker } from "./fixtures/patch-worker";
import { Pen } from "./fixtures/pen";
import { storedRecords } from "./fixtures/stored-records";
import { test } from "./fixtures/test";

interface Report {
  readonly model: string;
  readonly commit: string;
  readonly tables: readonly { readonly title: string; readonly rows: readonly { readonly figures: object }[] }[];
}

const TITLES = ["Peak", "Weights", "Prefill", "From IndexedDB", "Through the page's own worker"];

/** The bench page with a plan, begun. */
async function start(page: Page, plan: string): Promise<void> {
  await page.goto(`/bench.html?${plan}`);
  await page.getByRole("button", { name: "Start" }).click();
}

const untilDone = (page: Page) => expect(page.getByRole("status")).toHaveText("Done.", { timeout: 240_000 });

/** How many of a plot's pixels are drawn on. */
const inkOf = (plot: Locator) =>
  plot.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return [...data].filter((value, index) => index % 4 === 3 && value > 0).length;
  });

test.describe(() => {
  test.use({ permissions: ["clipboard-read", "clipboard-write"] });
  test("a small part of the bench: its tables, speed drawn, and the same as JSON", async ({ page }) => {
    await start(page, "only=prefill&prompts=16&contexts=40&commit=abc");
    await expect(page.getByRole("progressbar", { name: "Bench" })).toBeVisible();
    await untilDone(page);
    for (const title of TITLES) await expect(page.getByRole("table", { name: title })).toBeVisible();
    const through = page.getByRole("table", { name: "Through the page's own worker" });
    await expect(through.getByRole("columnheader", { name: "tokens/s" })).toBeVisible();
    await expect(through.getByRole("rowheader", { name: "at 40" })).toBeVisible();
    const plot = page.getByRole("img", { name: /^Tokens per second, by context: [\d.]+ after 40 tokens$/ });
    await expect.poll(() => inkOf(plot)).toBeGreaterThan(1_000);
    await expectAccessible(page, "the bench when it is done");

    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as JSON" }).click();
    const text = await readFile(await (await download).path(), "utf8");
    const report: Report = JSON.parse(text);
    expect(report).toMatchObject({ commit: "abc", model: "8 layers of width 384, vocabulary 1024" });
    expect(report.tables.map(({ title }) => title)).toEqual(TITLES);
    for (const { rows } of report.tables) expect(rows.length).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Copy as JSON" }).click();
    await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
    // The model of random weights is gone again.
    expect(await storedRecords(page)).toEqual([]);
  });
});

test.describe(() => {
  test.use({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  test("where a token's time goes, on a phone: every part of the model, drawn and in a table", async ({ page }) => {
    await start(page, "only=kernels&kernels-at=16&contexts=16");
    await untilDone(page);
    const plot = page.getByRole("img", { name: /^Where a token's time goes\. After 16 tokens: Embedding [\d.]+ ms/ });
    const parts = [
      "Mamba",
      "Window attention",
      "Full attention",
      "GMU",
      "Cross-attention",
      "MLP",
      "LM head",
      "Sampler",
    ];
    for (const part of parts) await expect(plot).toHaveAccessibleName(new RegExp(`, ${part} [\\d.,]+ ms`));
    await expect.poll(() => inkOf(plot)).toBeGreaterThan(1_000);
    const table = page.getByRole("table", { name: "Parts of a token at 16" });
    await expect(table.getByRole("row", { name: /^mlp 8 / })).toBeVisible();
    const surplus = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(surplus, "pixels that the page is wider than the screen").toBe(0);
    await expectAccessible(page, "the bench on a phone");
  });
});

test("stopped: what was measured stays, nothing is left in storage, and it can begin again", async ({ page }) => {
  await start(page, "");
  await expect(page.getByRole("table", { name: "Peak" })).toBeVisible();
  await expectAccessible(page, "the bench while it measures");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("status")).toHaveText("Stopped. What was measured before is shown.");
  await expect(page.getByRole("table", { name: "Peak" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Save as JSON" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Start" })).toBeEnabled();
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(await storedRecords(page)).toEqual([]);
});

test("stopped, but the model could not be deleted: that is said", async ({ page }) => {
  await patchWorker(page, failToClean, "bench");
  await start(page, "");
  await expect(page.getByRole("table", { name: "Peak" })).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("alert")).toContainText("thrown by a test");
  await expect(page.getByRole("table", { name: "Peak" })).toBeVisible();
});

test("nothing but the loading, and the page's own worker twice", async ({ page }) => {
  await start(page, "only=load&contexts=40,40");
  await untilDone(page);
  await expect(page.getByRole("table", { name: "From IndexedDB" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Peak" })).toHaveCount(0);
  const through = page.getByRole("table", { name: "Through the page's own worker" });
  await expect(through.getByRole("rowheader")).toHaveText(["at 40", "at 40, again"]);
});

test("a plan that cannot be followed is refused with a sentence", async ({ page }) => {
  await start(page, "contexts=many");
  await expect(page.getByRole("alert")).toContainText('contexts: "many" is not a positive whole number.');
});

test.describe(() => {
  test.use({ locale: "de" });
  test("the way there is in the dialog of models; it speaks the page's language", async ({ page }) => {
    await Pen.of(page);
    await page.goto("/");
    await page.getByRole("button", { name: "Modelle" }).click();
    await expect(page.getByRole("article", { name: "Longhand Tiny" })).toContainText(
      /Quelle ?Diese Seite ?Lizenz ?MIT/,
    );
    await page.getByRole("link", { name: "Dieses Gerät vermessen" }).click();
    await expect(page.getByRole("heading", { name: "Messung" })).toBeVisible();
    await expectAccessible(page, "the bench in German");
    await page.getByRole("link", { name: "Longhand" }).click();
    await expect(page.getByRole("button", { name: "Modelle" })).toBeVisible();
  });
});

function failToClean() {
  addEventListener("message", ({ data }) => {
    if (data.kind !== "clean") return;
    indexedDB.open = () => {
      throw new DOMException("thrown by a test");
    };
  });
}
