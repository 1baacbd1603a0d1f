import { expect, type Page, test } from "playwright/test";

/** Compiling every kernel in software, on a busy machine. */
const READY_MS = 120_000;
/** The page's own model, got once more as somebody else's in Longhand's format. */
const FOLDER = "/models/tiny";

const models = (page: Page) => page.getByRole("dialog", { name: "Models" });
const card = (page: Page, index: number) => models(page).getByRole("listitem").nth(index);
const ready = (page: Page) => expect(page.getByRole("button", { name: "Send" })).toBeVisible({ timeout: READY_MS });

async function showModels(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Models" }).click();
  await expect(models(page).getByRole("article").first()).toBeVisible();
}

/** Up to the moment at which the cost is known. */
async function examineCopy(page: Page, address: string): Promise<void> {
  const another = models(page).getByRole("region", { name: "Another model" });
  await models(page).getByRole("button", { name: "Another model" }).click();
  await another.getByRole("radio", { name: "Longhand's format" }).check();
  await another.getByLabel("Address of the folder").fill(address);
  await another.getByRole("button", { name: "What will it cost?" }).click();
  await expect(another.getByText("Download")).toBeVisible();
}

test("a model in Longhand's format: its cost, then stored, verified, opened, remembered, deleted", async ({
  page,
  baseURL,
}) => {
  test.slow();
  await page.goto("/");
  await ready(page);
  await showModels(page);

  await test.step("the cost is told before anything is fetched", async () => {
    await examineCopy(page, `${baseURL}${FOLDER}`);
    const another = models(page).getByRole("region", { name: "Another model" });
    await expect(another).toContainText("11.5 MB");
    await expect(another.getByRole("status")).toContainText("There is no graphics card");
    await another.getByRole("button", { name: "Start" }).click();
    await expect(card(page, 2)).toContainText("On this device");
  });

  await test.step("every byte can be verified", async () => {
    await card(page, 2).getByRole("button", { name: "Verify" }).click();
    await expect(card(page, 2)).toContainText("pieces are as they should be");
  });

  await test.step("it opens, and is what the next visit opens", async () => {
    await card(page, 2).getByRole("button", { name: "Open" }).click();
    await expect(models(page)).toBeHidden();
    await ready(page);
    await page.reload();
    await ready(page);
    await showModels(page);
    await expect(card(page, 2)).toContainText("Open ·");
    await expect(card(page, 0).getByRole("button", { name: "Open" })).toBeVisible();
  });

  await test.step("what is open cannot be deleted; what is not can, after a question", async () => {
    await expect(card(page, 2)).toContainText("open another model first");
    await card(page, 0).getByRole("button", { name: "Open" }).click();
    await ready(page);
    await showModels(page);
    await card(page, 2).getByRole("button", { name: "Delete" }).click();
    await expect(card(page, 2).getByRole("button", { name: "Keep" })).toBeFocused();
    await card(page, 2).getByRole("button", { name: "Delete" }).click();
    await expect(models(page).getByRole("listitem")).toHaveCount(2);
  });
});

test("pause, a closed tab, resume", async ({ page, baseURL }) => {
  let isHeld = true;
  await page.route(/models\/copy\//, async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    if (isHeld && /weights-000[5-9]|weights-001/.test(name)) return;
    await route.continue({ url: `${baseURL}${FOLDER}/${name}` });
  });
  await page.goto("/");
  await showModels(page);
  await examineCopy(page, `${baseURL}/models/copy`);
  await models(page).getByRole("button", { name: "Start" }).click();
  const copy = models(page).getByRole("listitem").nth(2);
  await expect(copy.getByRole("progressbar")).toBeVisible();
  await copy.getByRole("button", { name: "Pause" }).click();
  await expect(copy).toContainText("% here");

  await page.reload();
  await showModels(page);
  await expect(copy).toContainText("% here");
  isHeld = false;
  await copy.getByRole("button", { name: "Resume" }).click();
  await expect(copy).toContainText("On this device");
});

test("Escape closes the dialog and gives the focus back", async ({ page }) => {
  await page.goto("/");
  await showModels(page);
  await page.keyboard.press("Escape");
  await expect(models(page)).toBeHidden();
  await expect(page.getByRole("button", { name: "Models" })).toBeFocused();
});
