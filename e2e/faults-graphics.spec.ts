import { expect } from "playwright/test";
import { patchWorker } from "./fixtures/patch-worker";
import { test } from "./fixtures/test";

test.use({ mayComplain: true });

const withoutWebGpu = () => Object.defineProperty(navigator, "gpu", { value: undefined });
const withoutAdapter = () => {
  GPU.prototype.requestAdapter = async () => null;
};

for (const { name, patch, sentence } of [
  { name: "no WebGPU", patch: withoutWebGpu, sentence: "This browser has no WebGPU." },
  { name: "no adapter", patch: withoutAdapter, sentence: "found no graphics adapter" },
]) {
  test(`${name}: a sentence, the browsers that would do, and nothing is downloaded`, async ({
    longhand,
    modelRequests,
  }) => {
    await patchWorker(longhand.page, patch);
    await longhand.goto();
    await expect(longhand.alert).toContainText(sentence);
    await expect(longhand.alert).toContainText("Chrome and Edge");
    expect(modelRequests.takePieces()).toEqual([]);
    await longhand.retry.click();
    await expect(longhand.alert).toContainText(sentence);
  });
}

test("the device is lost in mid-turn: a sentence, and Retry opens the model on a new one", async ({ longhand }) => {
  const { page, alert } = longhand;
  await patchWorker(page, loseDeviceInTurn);
  await longhand.goto();
  await longhand.untilReady();

  await test.step("the fault is told once, where the conversation goes on", async () => {
    await longhand.ask("What is 4821 * 7395?");
    await expect(alert).toContainText("The graphics device was lost");
    await expect(alert).toHaveCount(1);
    await expect(longhand.reply(1)).toHaveAttribute("aria-busy", "false");
    await longhand.retry.click();
    await longhand.untilReady();
    await expect(page.getByText("It no longer knows what is above.")).toBeVisible();
  });

  await test.step("it answers on the new device", async () => {
    await longhand.ask("What is 7 * 8?");
    await longhand.expectResult(2, "56");
  });
});

/** Destroys the device with the fifth submit after the first question. */
function loseDeviceInTurn() {
  let submitsLeft = Number.POSITIVE_INFINITY;
  let device: GPUDevice | undefined;
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    device = await requestDevice.apply(this, args);
    return device;
  };
  addEventListener("message", ({ data }) => {
    if (data.kind === "ask" && data.turn === 1) submitsLeft = 5;
  });
  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (...args) {
    if (--submitsLeft === 0) device?.destroy();
    return submit.apply(this, args);
  };
}
