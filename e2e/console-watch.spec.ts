import { expect } from "playwright/test";
import { test } from "./fixtures/test";

test.use({ mayComplain: true });

test("the watch over the console hears a worker's WebGPU", async ({ page, complaints }) => {
  // What the server sends has a policy that refuses a worker made of text.
  await page.route("**/blank", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  await page.goto("/blank");
  await page.evaluate((script) => void new Worker(URL.createObjectURL(new Blob([script]))), `(${makeMistake})();`);
  await expect.poll(() => complaints.join()).toContain("a buffer without a use");
});

async function makeMistake() {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter?.requestDevice();
  device?.createBuffer({ label: "a buffer without a use", size: 16, usage: 0 });
  await device?.queue.onSubmittedWorkDone();
}
