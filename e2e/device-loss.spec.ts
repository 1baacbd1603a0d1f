import { expect, type Page } from "playwright/test";
import { test } from "./fixtures/test";

test.use({ mayComplain: true });

/** Loading the model and compiling every kernel in software, on a busy machine. */
const READY_MS = 120_000;
const REPLY_MS = 150_000;

/** Makes a worker's device go away with the third submit after its first question. */
const LOSE_DEVICE = `(() => {
    let submitsLeft = Infinity;
    let hasLost = false;
    let device;
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      device = await requestDevice.apply(this, args);
      return device;
    };
    addEventListener("message", ({ data }) => {
      if (data.kind === "ask" && !hasLost) submitsLeft = 3;
      hasLost ||= data.kind === "ask";
    });
    const { submit } = GPUQueue.prototype;
    GPUQueue.prototype.submit = function (...args) {
      if (--submitsLeft === 0) device.destroy();
      return submit.apply(this, args);
    };
  })();\n`;

/** @param times workers that lose their device; each loss ends its worker, and the model comes back in a new one. */
async function openLosing(page: Page, times: number): Promise<void> {
  let workersLeft = times;
  await page.route(/\/assets\/worker-/, async (route) => {
    const response = await route.fetch();
    const script = await response.text();
    await route.fulfill({ response, body: workersLeft-- > 0 ? LOSE_DEVICE + script : script });
  });
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible({ timeout: READY_MS });
  await page.getByRole("textbox", { name: "Message" }).fill("What is 7 * 8?");
  await page.getByRole("button", { name: "Send" }).click();
}

const expectAnswer = async (page: Page) => {
  const reply = page.getByRole("article", { name: "Reply" }).first();
  // In the answer, and once more where it is lifted out.
  await expect(reply.locator("annotation").filter({ hasText: "56" }).first()).toBeAttached({ timeout: REPLY_MS });
  await expect(reply).toHaveAttribute("aria-busy", "false");
};

test("the first loss: the reason is told, the model comes back by itself from IndexedDB, and the reply goes on", async ({
  modelRequests,
  page,
}) => {
  test.slow();
  await openLosing(page, 1);
  modelRequests.takePieces();
  await expect(page.getByText(/was lost .* the conversation goes on/).first()).toBeVisible({ timeout: READY_MS });
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expectAnswer(page);
  expect(modelRequests.takePieces()).toEqual([]);
});

test("the second loss: a fault with a button, and with it the same", async ({ modelRequests, page }) => {
  test.slow();
  await openLosing(page, 2);
  modelRequests.takePieces();
  await expect(page.getByRole("alert")).toContainText("The graphics device was lost", { timeout: READY_MS });
  await page.getByRole("button", { name: "Retry" }).click();
  await expectAnswer(page);
  expect(modelRequests.takePieces()).toEqual([]);
});
