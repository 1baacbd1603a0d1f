import { expect } from "playwright/test";
import { expectAccessible } from "./fixtures/axe";
import { ModelsDialog } from "./fixtures/models-dialog";
import { patchWorker, withoutEngine } from "./fixtures/patch-worker";
import { Pen } from "./fixtures/pen";
import { test } from "./fixtures/test";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

for (const viewport of SIZES)
  test.describe(() => {
    test.use({ viewport, permissions: ["clipboard-read", "clipboard-write"] });
    test(`what this device has, measured and copied for a bug report: ${viewport.width} wide`, async ({ longhand }) => {
      const { page } = longhand;
      await longhand.goto();
      await longhand.untilReady();
      const models = new ModelsDialog(page);
      await models.show();
      const { device } = models;

      await test.step("each model has its source and its licence", async () => {
        const tiny = models.card("Longhand Tiny");
        await expect(tiny).toContainText(/Source ?Trained from scratch by this project/);
        await expect(tiny).toContainText(/Licence ?MIT/);
        await expect(tiny).toContainText("Open · 11.5 MB");
        await expect(models.card("Phi-4-mini-flash-reasoning")).toContainText(/Source ?Hugging Face, microsoft/);
      });

      await test.step("storage, adapter, features, limits", async () => {
        await expect(device).toContainText(/Storage used ?[\d.]+ MB, by all that this page keeps/);
        await expect(device).toContainText(/Storage free ?[\d.]+ GB/);
        await expect(device).toContainText(/Kept ?(until|unless)/);
        await expect(device).toContainText(/Graphics adapter ?google swiftshader/);
        await device.getByText("Show", { exact: true }).click();
        await expect(device).toContainText(/maxStorageBufferBindingSize \d+/);
      });

      await test.step("bandwidth, when it is asked for", async () => {
        await expect(device.getByRole("status")).toHaveText("Not measured yet");
        await device.getByRole("button", { name: "Measure bandwidth" }).click();
        await expect(device.getByRole("status")).toHaveText(/^[\d.]+ [MG]B\/s, read$/);
        await expect(device.getByRole("alert")).toHaveCount(0);
        await expectAccessible(page, "the device once it is measured");
      });

      await test.step("the report", async () => {
        await device.getByRole("button", { name: "Copy device report" }).click();
        await expect(device.getByRole("button", { name: "Copied" })).toBeVisible();
        const report = await page.evaluate(() => navigator.clipboard.readText());
        expect(report).toMatch(/^Longhand \d+\.\d+\.\d+ \(.+\)\nBrowser: Mozilla.*\nAdapter: google swiftshader/);
        expect(report).toMatch(/Memory bandwidth: [\d.]+ GB\/s\nModel: Longhand Tiny \(tiny\), \d+ parameters/);
        expect(report).toMatch(/Storage: \d+ bytes used, \d+ free/);
      });

      await test.step("nothing is wider than the screen", async () => {
        expect(await models.dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
      });
    });
  });

test("bandwidth is not measured while a reply is written", async ({ longhand }) => {
  const { page } = longhand;
  const pen = await Pen.of(page);
  await longhand.goto();
  await longhand.untilReady();
  await longhand.ask("What is 2 + 2?");
  await pen.write({ reasoning: "Two and two.", tokensPerSecond: 5_000 });
  const { device } = await shown(new ModelsDialog(page));
  const measure = device.getByRole("button", { name: "Measure bandwidth" });
  await expect(measure).toHaveAttribute("aria-disabled", "true");
  await expect(measure).toHaveAccessibleDescription("Once the reply is complete.");
  await measure.press("Enter");
  await expect(device.getByRole("status")).toHaveText("Not measured yet");
  await pen.end();
  await expect(measure).toHaveAttribute("aria-disabled", "false");
});

test("measuring can be stopped, and ends with the dialog", async ({ longhand }) => {
  const { page } = longhand;
  await Pen.of(page);
  await patchWorker(page, measureSlowly, "library");
  await longhand.goto();
  await longhand.untilReady();
  const models = await shown(new ModelsDialog(page));
  const { device } = models;
  await device.getByRole("button", { name: "Measure bandwidth" }).click();
  await expect(device.getByRole("status")).toHaveText("Being measured …");
  await device.getByRole("button", { name: "Stop measuring" }).click();
  await expect(device.getByRole("status")).toHaveText("Not measured yet");

  await device.getByRole("button", { name: "Measure bandwidth" }).click();
  await page.keyboard.press("Escape");
  await shown(models);
  await expect(device.getByRole("button", { name: "Measure bandwidth" })).toBeVisible();
  await expect(device.getByRole("status")).toHaveText("Not measured yet");
});

test("bandwidth is not measured while a model is opened", async ({ longhand }) => {
  const { page } = longhand;
  await withoutEngine(page);
  await longhand.goto();
  const { device } = await shown(new ModelsDialog(page));
  const measure = device.getByRole("button", { name: "Measure bandwidth" });
  await expect(measure).toHaveAttribute("aria-disabled", "true");
  await expect(measure).toHaveAccessibleDescription("Once the model is open.");
});

async function shown(models: ModelsDialog): Promise<ModelsDialog> {
  await models.show();
  return models;
}

/** A sample takes two seconds. */
function measureSlowly() {
  const { mapAsync } = GPUBuffer.prototype;
  GPUBuffer.prototype.mapAsync = async function (...args) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return mapAsync.apply(this, args);
  };
}
