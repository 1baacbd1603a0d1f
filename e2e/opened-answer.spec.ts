import { expect, type Page } from "playwright/test";
import { answers } from "./fixtures/answers";
import { test } from "./fixtures/test";
import { FAST, openWithPen } from "./fixtures/with-pen";

/** A picture that the page has drawn of a conversation. */
interface Picture {
  readonly formulas: number;
  /** Whether the last formula of the answer is among them. */
  readonly hasLast: boolean;
  /** From the end of what scrolls, in CSS pixels. */
  readonly rest: number;
}

declare global {
  /** Since `recordPictures`. */
  var pictures: Picture[];
}

test("a long answer that is opened is set in slices, its end first, which stays in sight", async ({ longhand }) => {
  const { page } = longhand;
  const { pen, list, say } = await openWithPen(longhand);
  await longhand.ask("Answer at length.");
  await pen.write({ answer: `${answers.mixed(2_000)}\n\nSo $n = 4242$.`, tokensPerSecond: FAST });
  await pen.end();
  await expect(longhand.reply(1)).toHaveAttribute("aria-busy", "false");
  const formulas = await longhand.reply(1).locator(".katex").count();
  const text = await longhand.reply(1).textContent();
  await list.startNew.click();
  await say("Is 701 prime?", "1");

  await recordPictures(page);
  await list.title("Answer at length.").click();
  await expect(longhand.reply(1).locator(".katex")).toHaveCount(formulas);
  const pictures = (await page.evaluate(() => globalThis.pictures)).filter(({ hasLast }) => hasLast);
  expect(pictures[0]?.formulas).toBeLessThan(formulas / 4);
  expect(new Set(pictures.map((picture) => picture.formulas)).size).toBeGreaterThan(5);
  for (const { rest } of pictures) expect(rest).toBeLessThan(2);
  // As it was when it was written.
  expect(await longhand.reply(1).textContent()).toBe(text);
});

test("who reads further up goes on seeing the same while what is above is set", async ({ longhand }) => {
  const { page } = longhand;
  const { pen, list, say } = await openWithPen(longhand);
  await longhand.ask("Answer at length.");
  await pen.write({ answer: `${answers.mixed(2_000)}\n\nSo $n = 4242$.`, tokensPerSecond: FAST });
  await pen.end();
  const formulas = await longhand.reply(1).locator(".katex").count();
  await list.startNew.click();
  await say("Is 701 prime?", "1");
  await list.title("Answer at length.").click();
  await page.getByRole("log").hover();
  await page.mouse.wheel(0, -400);
  await expect(longhand.reply(1).locator(".katex")).toHaveCount(formulas);
  const rest = await page.getByRole("log").evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);
  expect(rest).toBeGreaterThan(300);
  expect(rest).toBeLessThan(1_500);
});

async function recordPictures(page: Page): Promise<void> {
  await page.evaluate(() => {
    globalThis.pictures = [];
    const look = () => {
      const log = document.querySelector("[role=log]");
      if (log)
        pictures.push({
          formulas: log.querySelectorAll(".katex").length,
          hasLast: [...log.querySelectorAll("annotation")].some(({ textContent }) => textContent === "n = 4242"),
          rest: log.scrollHeight - log.clientHeight - log.scrollTop,
        });
    };
    const frame = () => {
      // After the frame has been drawn.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = look;
      port2.postMessage(undefined);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}
