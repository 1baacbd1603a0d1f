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
