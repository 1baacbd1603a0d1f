import { expect } from "playwright/test";
import { chunk } from "./fixtures/model-requests";
import { patchWorker } from "./fixtures/patch-worker";
import { test } from "./fixtures/test";

test.use({ mayComplain: true });

for (const { name, patch } of [
  { name: "refused", patch: refuseDatabase },
  { name: "not there", patch: removeDatabase },
]) {
  test(`IndexedDB is ${name}: a sentence, and Retry`, async ({ longhand }) => {
    await patchWorker(longhand.page, patch);
    await longhand.goto();
    await expect(longhand.alert).toContainText("This browser refused to store the model");
    await expect(longhand.alert).toContainText("A private window or blocked site data may be the reason.");
    await longhand.retry.click();
    await expect(longhand.alert).toContainText("This browser refused to store the model");
  });
}

test("too little room is announced: the sentence says how much is needed, and nothing is fetched", async ({
  longhand,
  modelRequests,
}) => {
  await patchWorker(longhand.page, announceFourMegabytes);
  await longhand.goto();
  await expect(longhand.alert).toContainText(
    "The model needs 11.6 MB more storage, but this browser allows only 4 MB.",
  );
  expect(modelRequests.takePieces()).toEqual([]);
});

test("the quota is met in mid-download: the sentence says how much is missing, and Retry goes on", async ({
  context,
  baseURL,
  longhand,
  modelRequests,
}) => {
  const origin = String(baseURL);
  const browser = await context.newCDPSession(longhand.page);
  await browser.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 5_000_000 });
  await longhand.goto();
  await expect(longhand.alert).toContainText(
    /The model needs \d[.]\d MB more storage, but this browser has no room for/,
  );

  await browser.send("Storage.overrideQuotaForOrigin", { origin });
  modelRequests.takePieces();
  await longhand.retry.click();
  await longhand.untilReady();
  const pieces = modelRequests.takePieces();
  expect(pieces).not.toContain(chunk(0));
  expect(pieces).toContain(chunk(-1));
});

/** As Firefox and Safari do in some private windows. */
function refuseDatabase() {
  IDBFactory.prototype.open = () => {
    throw new DOMException("The user denied permission to access the database.", "SecurityError");
  };
}

function removeDatabase() {
  Object.defineProperty(globalThis, "indexedDB", { value: undefined });
}

function announceFourMegabytes() {
  StorageManager.prototype.estimate = async () => ({ quota: 5_000_000, usage: 1_000_000 });
}
