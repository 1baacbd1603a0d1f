import { expect, type Page } from "playwright/test";
import { engineLog } from "./fixtures/engine-log";
import { Pen } from "./fixtures/pen";
import { test } from "./fixtures/test";

const settings = (page: Page) => page.getByRole("dialog", { name: "Settings" });
const showSettings = async (page: Page) => {
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(settings(page)).toBeVisible();
};
const stored = (page: Page) => page.evaluate(() => localStorage.getItem("longhand-settings"));
const paper = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
const LIGHT = "rgb(251, 250, 247)";
const DARK = "rgb(20, 22, 27)";

async function chooseForModel(page: Page) {
  const dialog = settings(page);
  const temperature = dialog.getByRole("textbox", { name: "Temperature" });
  await expect(temperature).toHaveValue("0");
  await temperature.fill("3");
  await expect(temperature).toHaveAttribute("aria-invalid", "true");
  await expect(temperature).toHaveAccessibleDescription(/From 0 to 2/);
  await temperature.fill("0.7");
  await expect(temperature).toHaveAttribute("aria-invalid", "false");
  await dialog.getByRole("textbox", { name: "Longest reply" }).fill("1.5");
  await expect(dialog.getByRole("textbox", { name: "Longest reply" })).toHaveAttribute("aria-invalid", "true");
  await dialog.getByRole("group", { name: "Seed" }).getByLabel("Fixed").check();
  await dialog.getByRole("textbox", { name: "Number of the seed" }).fill("7");
  await dialog.getByRole("group", { name: "Thinking budget" }).getByLabel("Limited", { exact: true }).check();
  await dialog.getByRole("switch", { name: "Drop old reasoning" }).uncheck();
  const system = dialog.getByRole("textbox", { name: "System prompt" });
  await expect(system).toHaveAttribute("maxlength", "20000");
  await system.fill("Be brief.");
  const chosen = { theme: "dark", motion: "reduced", temperature: 0.7, seed: 7, thinkingBudget: 2048 };
  const rest = { dropsReasoning: false, system: "Be brief." };
  expect(JSON.parse((await stored(page)) ?? "")).toEqual({ version: 1, chosen: { ...chosen, ...rest } });
}

test.use({ chosen: {} });

test("what is chosen holds at once and at the next visit, and can be taken back", async ({ longhand }) => {
  const { page } = longhand;
  await Pen.of(page);
  await longhand.goto();
  await longhand.untilReady();
  await showSettings(page);
  const dialog = settings(page);

  await test.step("theme and motion", async () => {
    expect(await paper(page)).toBe(LIGHT);
    await dialog.getByRole("group", { name: "Theme" }).getByLabel("Dark").check();
    expect(await paper(page)).toBe(DARK);
    await expect(page.locator('meta[name="theme-color"]').first()).toHaveAttribute("content", "#14161b");
    await dialog.getByRole("group", { name: "Motion" }).getByLabel("Reduced").check();
    await expect(page.locator("html")).toHaveAttribute("data-motion", "reduced");
  });

  await test.step("a number is checked where it is typed", () => chooseForModel(page));

  await test.step("every question brings it", async () => {
    await page.keyboard.press("Escape");
    await longhand.ask("What is 1 + 1?");
    await expect
      .poll(async () => (await engineLog(page)).find(({ kind }) => kind === "ask")?.settings)
      .toMatchObject({ temperature: 0.7, seed: 7, thinkingBudget: 2048, dropsReasoning: false, system: "Be brief." });
    await longhand.stop.click();
  });

  await test.step("the next visit is dark from the first picture on", async () => {
    await page.route(/\/assets\/index-[^/]+[.]js$/, (route) =>
      route.fulfill({ contentType: "text/javascript", body: "" }),
    );
    await page.reload();
    expect(await paper(page)).toBe(DARK);
    await page.unroute(/\/assets\/index-[^/]+[.]js$/);
    await page.reload();
    await longhand.untilReady();
  });

  await test.step("one is reset, then all", async () => {
    await showSettings(page);
    await dialog.getByRole("textbox", { name: "Temperature" }).fill("3");
    await dialog.getByRole("button", { name: "Reset: Temperature" }).click();
    await expect(dialog.getByRole("textbox", { name: "Temperature" })).toHaveValue("0");
    expect(await stored(page)).not.toContain("temperature");
    await dialog.getByRole("button", { name: "Reset all settings" }).click();
    expect(await stored(page)).toBe('{"version":1,"chosen":{}}');
    expect(await paper(page)).toBe(LIGHT);
  });
});

test("another context length opens the model again, with it", async ({ longhand }) => {
  const { page } = longhand;
  await Pen.of(page);
  await longhand.goto();
  await longhand.untilReady();
  await showSettings(page);
  const length = settings(page).getByRole("combobox", { name: "Context length" });
  await expect(length).toContainText("16,384 tokens · ");
  await length.selectOption({ value: "16384" });
  const openings = async () => (await engineLog(page)).filter(({ kind }) => kind === "open");
  await expect.poll(async () => (await openings()).at(-1)?.contextLength).toBe(16_384);
  expect(await openings()).toHaveLength(2);

  await page.keyboard.press("Escape");
  await longhand.untilReady();
  await longhand.ask("What is 1 + 1?");
  await showSettings(page);
  const resetAll = settings(page).getByRole("button", { name: "Reset all settings" });
  await resetAll.click();
  expect(await stored(page)).toBe('{"version":1,"chosen":{"contextLength":16384}}');
  expect(await openings()).toHaveLength(2);
  await page.keyboard.press("Escape");
  await longhand.stop.click();
  await longhand.untilReady();
  await showSettings(page);
  await resetAll.click();
  await expect.poll(async () => (await openings()).length).toBe(3);
});

test.describe(() => {
  test.use({ locale: "de-AT" });
  test("the browser's German, and English when it is chosen", async ({ longhand }) => {
    const { page } = longhand;
    await Pen.of(page);
    await longhand.goto();
    await expect(page.getByRole("heading", { name: "Was wollen wir ausrechnen?" })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await page.getByRole("button", { name: "Einstellungen" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Temperatur" }).fill("0,65");
    expect(await stored(page)).toContain('"temperature":0.65');
    await dialog.getByLabel("English").check();
    await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await expect(dialog.getByRole("textbox", { name: "Temperature" })).toHaveValue("0.65");
    await page.reload();
    await expect(page.getByRole("heading", { name: "What shall we work out?" })).toBeVisible();
  });
});
