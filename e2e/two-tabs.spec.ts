import { expect } from "playwright/test";
import { test } from "./fixtures/import-test";
import { ModelsDialog } from "./fixtures/models-dialog";
import { askedBytes, SHARDS } from "./fixtures/stand-in";
import { damagedPieces, recordsOf } from "./fixtures/stored-records";

test("a second tab says that the first is getting the model, and takes it over; the first stops and says so", async ({
  context,
  models,
  page,
  standIn,
}) => {
  await standIn.failShards({ kind: "stall", afterBytes: 0 }, { after: 12, times: 999 });
  await models.start(standIn);
  await standIn.untilQuiet();
  const second = new ModelsDialog(await context.newPage());
  await second.goto();
  await second.button("Resume").click();
  await expect(second.alert).toContainText("Another tab is getting this model, or has it open.");
  expect(await standIn.takeSeen()).toEqual([]);
  await second.button("Delete").click();
  await second.button("Delete").click();
  await expect(second.alert).toContainText("Nothing was deleted: another tab has this model open");
  await second.button("Resume").click();

  await standIn.behave();
  const held = (await recordsOf(page, "micro")).length;
  await second.alert.getByRole("button", { name: "Go on in this tab" }).click();
  await second.expectStored();
  await expect(models.alert).toContainText("Another tab took this model over.");
  const whole = (await standIn.file(SHARDS[0])).byteLength + (await standIn.file(SHARDS[1])).byteLength;
  // Only one of them read, and not what was there.
  expect(askedBytes(await standIn.takeSeen())).toBeLessThan(whole - (held - 6) * 2 ** 16);
  expect(await damagedPieces(page)).toEqual([]);
});

test.describe("with an engine", () => {
  test.use({ hasEngine: true });

  test("what one tab has open, a second neither opens nor deletes; it takes it over, and the first says so", async ({
    context,
    page,
  }) => {
    const ready = (tab: typeof page) =>
      expect(tab.getByRole("button", { name: "Send" })).toBeVisible({ timeout: 120_000 });
    await page.goto("/");
    await ready(page);
    const second = new ModelsDialog(await context.newPage());
    await second.page.goto("/");
    await expect(second.page.getByRole("alert")).toContainText("open in another tab");
    await second.show();
    const tiny = second.card("Longhand Tiny");
    await tiny.getByRole("button", { name: "Delete" }).click();
    await tiny.getByRole("button", { name: "Delete" }).click();
    await expect(second.alert).toContainText("Nothing was deleted: another tab has this model open");
    await expect(tiny).toContainText("On this device");
    await second.page.keyboard.press("Escape");
    await second.page.getByRole("button", { name: "Use it in this tab" }).click();
    await ready(second.page);
    await expect(page.getByRole("alert")).toContainText("Another tab took this model over.");
  });
});
