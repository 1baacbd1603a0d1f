import { expect, type Page } from "playwright/test";
import { ModelsDialog } from "./fixtures/models-dialog";
import { patchWorker, withoutEngine } from "./fixtures/patch-worker";
import { test } from "./fixtures/test";

/** The published model: its cost and its limits are known without asking anybody. */
async function examine(page: Page) {
  await withoutEngine(page);
  const models = new ModelsDialog(page);
  await models.goto();
  const large = models.card("Phi-4-mini-flash-reasoning");
  await large.getByRole("button", { name: "Get" }).click();
  return { large, verdict: large.getByRole("status") };
}

test("before the download: what it costs, the adapter, and all its memory asked for and given back", async ({
  page,
}) => {
  await patchWorker(page, countTrial, "library");
  const told = page.waitForEvent("console", (message) => message.text().startsWith("trial:"));
  const { large, verdict } = await examine(page);
  await expect(large).toContainText(/Download ?7\.7 GB/);
  await expect(large).toContainText(/Storage ?2\.2 GB/);
  await expect(large).toContainText(
    /Graphics memory ?2\.\d GB: 2\.2 GB for the weights, [\d.]+ MB for up to 32,768 tokens/,
  );
  await expect(large).toContainText("Graphics adapter");
  await expect(verdict).toContainText("There is no graphics card");
  const [allocated, freed] = (await told).text().slice("trial:".length).split(",").map(Number);
  expect(allocated).toBeGreaterThan(2.2e9);
  expect(freed).toBe(allocated);
});

test("limits too low: this device cannot, with both numbers", async ({ page }) => {
  await patchWorker(page, bindFourMebibytes, "library");
  const { large, verdict } = await examine(page);
  await expect(verdict).toContainText("This device cannot hold it.");
  await expect(verdict).toContainText(
    "The intermediate result of a layer needs 10 MiB at once; this device binds at most 4 MiB.",
  );
  await expect(large.getByRole("button", { name: "Start all the same" })).toBeVisible();
});

test("memory too small: this device cannot, with both numbers", async ({ page }) => {
  await patchWorker(page, refuseSixthBuffer, "library");
  const { verdict } = await examine(page);
  await expect(verdict).toContainText(
    /This device cannot hold it: asked for graphics memory, it gave 6\d\d(\.\d)? MB of the 2\.\d GB that are needed[.]/,
  );
});

/** Tells how many bytes the trial took and gave back. */
function countTrial() {
  const counts = { taken: 0, freed: 0 };
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    if (descriptor.label === "allocation trial") counts.taken += descriptor.size;
    return createBuffer.call(this, descriptor);
  };
  GPUBuffer.prototype.destroy = function () {
    if (this.label === "allocation trial") counts.freed += this.size;
    return destroy.call(this);
  };
  const { destroy: close } = GPUDevice.prototype;
  GPUDevice.prototype.destroy = function () {
    console.info(`trial:${counts.taken},${counts.freed}`);
    return close.call(this);
  };
}

function bindFourMebibytes() {
  Object.defineProperty(GPUSupportedLimits.prototype, "maxStorageBufferBindingSize", { get: () => 4 * 2 ** 20 });
}

/** As a driver does that has no more than five pieces of 128 MiB. */
function refuseSixthBuffer() {
  let pieces = 0;
  let isRefused = false;
  const { createBuffer, popErrorScope } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    if (descriptor.label === "allocation trial") isRefused = ++pieces === 6;
    return createBuffer.call(this, descriptor);
  };
  GPUDevice.prototype.popErrorScope = async function () {
    const error = await popErrorScope.call(this);
    if (!isRefused) return error;
    isRefused = false;
    return new GPUOutOfMemoryError("no more memory");
  };
}
