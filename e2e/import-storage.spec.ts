import { expect } from "playwright/test";
import { test } from "./fixtures/import-test";
import { ModelsDialog } from "./fixtures/models-dialog";
import { patchWorker, restoreWorker } from "./fixtures/patch-worker";
import { askedBytes, SHARDS } from "./fixtures/stand-in";
import { damagedPieces, flipOneBit, recordsOf, storedChunks } from "./fixtures/stored-records";

test.use({ mayComplain: true });

test("the browser is asked to keep what is stored", async ({ models, page }) => {
  await page.addInitScript(() => {
    let times = 0;
    StorageManager.prototype.persist = async () => {
      document.documentElement.dataset.persist = String(++times);
      return true;
    };
  });
  await models.goto();
  await expect(page.locator("html")).toHaveAttribute("data-persist", "1");
});

test("too little room is known before: the numbers are told, and starting all the same reads and stores no weights", async ({
  context,
  models,
  page,
  standIn,
}) => {
  await patchWorker(context, announceTwoMegabytes, "library");
  await models.goto();
  await models.examine(standIn);
  await expect(models.another.getByRole("status")).toContainText(
    /There is not enough room: it takes [\d.]+ MB, and this browser has 2[.]0 MB left[.]/,
  );
  await models.another.getByRole("button", { name: "Start all the same" }).click();
  await expect(models.alert).toContainText(
    /The model needs [\d.]+ MB more storage, but this browser allows only 2 MB[.]/,
  );
  expect(askedBytes(await standIn.takeSeen())).toBeLessThan(100_000);
  expect(await recordsOf(page, "micro")).toEqual([]);
});

test("the quota is met while storing: what is stored stays, and Try again goes on", async ({
  context,
  models,
  page,
  standIn,
}) => {
  await patchWorker(context, exceedQuotaOnce, "library");
  await models.start(standIn);
  await expect(models.alert).toContainText(/The model needs [\d.]+ MB more storage, but this browser/);
  const held = (await recordsOf(page, "micro")).length;
  expect(held).toBeGreaterThan(15);
  await standIn.takeSeen();
  await models.alert.getByRole("button", { name: "Try again" }).click();
  await models.expectStored();
  const whole = (await standIn.file(SHARDS[0])).byteLength + (await standIn.file(SHARDS[1])).byteLength;
  expect(askedBytes(await standIn.takeSeen())).toBeLessThan(whole - held * 2 ** 16);
  expect(await damagedPieces(page)).toEqual([]);
});

test("deleting leaves no record: of a whole model, and of one that was begun", async ({ models, page, standIn }) => {
  await models.start(standIn);
  await models.expectStored();
  expect((await recordsOf(page, "micro")).length).toBeGreaterThan(20);
  await models.delete();
  await expect(models.micro).toHaveCount(0);
  expect(await recordsOf(page, "micro")).toEqual([]);

  await standIn.failShards({ kind: "stall", afterBytes: 0 }, { after: 14, times: 999 });
  await models.start(standIn);
  await standIn.untilQuiet();
  await models.button("Cancel").click();
  await models.button("Delete").click();
  await expect(models.micro).toHaveCount(0);
  expect(await recordsOf(page, "micro")).toEqual([]);
});

test("the tab is closed in mid-delete: the next visit finds no model, and clears what was left", async ({
  context,
  models,
  page,
  standIn,
}) => {
  await patchWorker(context, neverRemovePieces, "library");
  await models.start(standIn);
  await models.expectStored();
  const isHalfWay = page.waitForEvent("console", (message) => message.text() === "removing pieces");
  await models.delete();
  await isHalfWay;
  await page.close();

  await restoreWorker(context, "library");
  const next = new ModelsDialog(await context.newPage());
  await next.page.goto("/");
  // Decided, but not done: only the next opening of the store is to do it.
  const left = new Set((await recordsOf(next.page, "micro")).map(({ store }) => store));
  expect(left).toEqual(new Set(["doomed", "pieces"]));
  await next.show();
  await expect(next.micro).toHaveCount(0);
  expect(await recordsOf(next.page, "micro")).toEqual([]);
});

test("a bit that flips in storage is found when the model is loaded, and that chunk alone is read and made again", async ({
  context,
  models,
  page,
  standIn,
}) => {
  await models.start(standIn);
  await models.expectStored();
  const chunk = (await storedChunks(page, "micro"))[9];
  if (!chunk) throw new Error("There are too few chunks.");
  await flipOneBit(page, "micro", chunk);
  expect(await damagedPieces(page)).toEqual([`micro,${chunk.sha256}`]);
  await standIn.takeSeen();
  // The next visit has an engine, and opens this model.
  await page.evaluate(() => localStorage.setItem("longhand-model", "micro"));
  await restoreWorker(context, "engine");
  await page.reload();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible({ timeout: 120_000 });
  const seen = await standIn.takeSeen();
  expect(seen.some(({ range }) => range !== undefined)).toBe(true);
  // bfloat16 takes 32 / 9 of what 4 bits and their scales take; besides, the headers are read.
  expect(askedBytes(seen)).toBeLessThan((chunk.bytes * 32) / 9 + 50_000);
  expect(await damagedPieces(page)).toEqual([]);
});

function announceTwoMegabytes() {
  StorageManager.prototype.estimate = async () => ({ quota: 3_000_000, usage: 1_000_000 });
}

/** With the 20th piece, as a full disk does. */
function exceedQuotaOnce() {
  let left = 20;
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...args) {
    if (this.name === "pieces" && --left === 0) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, args);
  };
}

/** The second transaction of a delete is kept busy until the tab is closed. */
function neverRemovePieces() {
  const { delete: remove } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.delete = function (key) {
    if (this.name !== "pieces" || !(key instanceof IDBKeyRange)) return remove.call(this, key);
    const goOn = (): IDBRequest => {
      const busy = this.count();
      busy.onsuccess = goOn;
      return busy;
    };
    goOn();
    console.info("removing pieces");
    return remove.call(this, key);
  };
}
