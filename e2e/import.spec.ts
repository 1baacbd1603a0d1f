import { expect } from "playwright/test";
import { test } from "./fixtures/import-test";
import { ModelsDialog } from "./fixtures/models-dialog";
import { askedBytes, FILES, SHARDS } from "./fixtures/stand-in";
import { damagedPieces, recordsOf, storedChunks } from "./fixtures/stored-records";

const READY_MS = 120_000;

test.describe("with an engine", () => {
  test.use({ hasEngine: true });

  test("a published checkpoint is read, quantized, stored, verified, opened, and writes", async ({
    models,
    page,
    standIn,
  }) => {
    test.slow();
    await models.start(standIn);
    await models.expectStored();
    await models.button("Verify").click();
    await expect(models.micro).toContainText("pieces are as they should be");
    await models.button("Open").click();
    await expect(page.getByRole("button", { name: "Send" })).toBeVisible({ timeout: READY_MS });
    await page.getByRole("textbox", { name: "Message" }).fill("1 + 1");
    await page.getByRole("button", { name: "Send" }).click();
    // Formula weights say nothing sensible; that they say something is the point.
    const used = page.getByRole("meter", { name: "Context used" });
    await expect.poll(async () => Number(await used.getAttribute("aria-valuenow"))).toBeGreaterThan(20);
  });
});

test("files from this device do as well", async ({ models, page, standIn }) => {
  const files = await Promise.all(
    FILES.map(async (name) => ({ name, mimeType: "application/octet-stream", buffer: await standIn.file(name) })),
  );
  await models.goto();
  await models.dialog.getByRole("button", { name: "Another model" }).click();
  await models.another.getByRole("radio", { name: "This device" }).check();
  await models.another.getByLabel("Or its files").setInputFiles(files);
  await models.another.getByRole("button", { name: "What will it cost?" }).click();
  await expect(models.another.getByText("To be read")).toBeVisible();
  await models.another.getByRole("button", { name: "Start" }).click();
  await expect(models.card("imported-model")).toContainText("On this device");
  expect(await damagedPieces(page)).toEqual([]);
});

test("bytes, speed and time left are shown; Pause and Resume", async ({ models, standIn }) => {
  await standIn.failShards({ kind: "slow", bytesPerSecond: 400_000 }, { after: 8, times: 999 });
  await models.start(standIn);
  await expect(models.micro).toContainText(/[\d.]+ MB of [\d.]+ MB · \d+ % · [\d.]+ [kM]B\/s · .+ left/);
  await expect(models.micro.getByRole("progressbar")).toHaveAttribute("aria-valuenow", /\d/);
  await models.button("Pause").click();
  await expect(models.micro).toContainText(/[\d.]+ [kM]B here/);
  await standIn.untilQuiet();
  await standIn.behave();
  await models.button("Resume").click();
  await models.expectStored();
});

test("the tab is closed at one byte after another: what is stored is not read again, and every piece ends whole", async ({
  context,
  models,
  standIn,
}) => {
  const moments = [
    { after: 3, afterBytes: 0 },
    { after: 20, afterBytes: 1 },
    { after: 24, afterBytes: 60_001 },
  ];
  let dialog = models;
  for (const [round, { after, afterBytes }] of moments.entries()) {
    await standIn.behave();
    await standIn.fail({ kind: "stall", afterBytes }, { file: SHARDS[0], after, times: 999 });
    await standIn.fail({ kind: "stall", afterBytes }, { file: SHARDS[1], after: after + 4, times: 999 });
    if (round === 0) await dialog.start(standIn);
    else await resume();
    await standIn.untilQuiet();
    await dialog.page.close();
    dialog = new ModelsDialog(await context.newPage());
    await dialog.goto();
  }
  const held = (await recordsOf(dialog.page, "micro")).filter(({ store }) => store === "pieces").length;
  await standIn.behave();
  await resume();
  await dialog.expectStored();
  const chunks = await storedChunks(dialog.page, "micro");
  expect(held).toBeGreaterThan(1);
  const [first, second] = [await standIn.file(SHARDS[0]), await standIn.file(SHARDS[1])];
  const whole = first.byteLength + second.byteLength;
  // Chunks of f16 and f32 take more room for what they were read from: hence one half.
  expect(askedBytes(await standIn.takeSeen())).toBeLessThan(whole * (1 - held / chunks.length / 2));
  expect(await damagedPieces(dialog.page)).toEqual([]);

  async function resume() {
    if (await dialog.micro.isVisible()) return dialog.button("Resume").click();
    // Closed before anything of it was stored.
    await dialog.examine(standIn);
    await dialog.another.getByRole("button", { name: /^Start/ }).click();
  }
});
