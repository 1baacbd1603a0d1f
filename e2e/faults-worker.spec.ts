import { expect } from "playwright/test";
import { patchWorker, restoreWorker } from "./fixtures/patch-worker";
import { test } from "./fixtures/test";

test.use({ mayComplain: true });

test("the worker fails in mid-turn: a sentence, and Retry starts a fresh one that answers", async ({ longhand }) => {
  const { page, alert } = longhand;
  await patchWorker(page, failInTurn);
  await longhand.goto();
  await longhand.untilReady();
  await longhand.ask("What is 4821 * 7395?");
  await expect(alert).toContainText("Something in the engine went wrong that should not.");
  await expect(alert).toContainText("thrown by a test");
  await expect(longhand.reasoning(1)).toContainText("Multiply");

  await restoreWorker(page);
  await longhand.retry.click();
  await longhand.untilReady();
  await expect(alert).toHaveCount(0);
  await longhand.ask("What is 7 * 8?");
  await longhand.expectResult(2, "56");
});

for (const { name, patch, detail } of [
  { name: "crashes", patch: crashAtOpening, detail: "thrown by a test" },
  { name: "cannot be loaded", patch: undefined, detail: "script could not be loaded" },
]) {
  test(`a worker that ${name}: a sentence, and Retry starts a fresh one`, async ({ longhand }) => {
    const { page, alert } = longhand;
    if (patch) await patchWorker(page, patch);
    else await page.route(/\/assets\/worker-/, (route) => route.abort());
    await longhand.goto();
    await expect(alert).toContainText("The engine stopped working unexpectedly.");
    await expect(alert).toContainText(detail);
    await page.unrouteAll();
    await longhand.retry.click();
    await expect(alert).toHaveCount(0);
    await expect(longhand.progressBar).toHaveAccessibleName("Downloading the model");
  });
}

/** Throws where the engine awaits nothing of the kind: at the thirtieth submit after a question. */
function failInTurn() {
  let submitsLeft = Number.POSITIVE_INFINITY;
  addEventListener("message", ({ data }) => {
    if (data.kind === "ask") submitsLeft = 30;
  });
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (...args) {
    if (--submitsLeft === 0) throw new TypeError("thrown by a test");
    return submit.apply(this, args);
  };
}

/** Throws outside of anything that could catch it. */
function crashAtOpening() {
  addEventListener("message", () => {
    throw new TypeError("thrown by a test");
  });
}
