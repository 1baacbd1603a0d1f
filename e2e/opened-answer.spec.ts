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
  /** Since `noteInView`. */
  var noted: Element;
  /** Since `holdFrames`. */
  var releaseFrames: () => void;
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
  await expect(longhand.reply(1)).toHaveAttribute("aria-busy", "false");
  const formulas = await longhand.reply(1).locator(".katex").count();
  await list.startNew.click();
  await say("Is 701 prime?", "1");

  await page.evaluate(holdFrames);
  await list.title("Answer at length.").click();
  await expect(longhand.reply(1).locator("annotation").last()).toHaveText("n = 4242");
  await page.getByRole("log").hover();
  await page.mouse.wheel(0, -200);
  const before = await page.getByRole("log").evaluate(noteInView);
  expect(before.formulas).toBeLessThan(formulas / 2);
  await page.evaluate(() => releaseFrames());
  await expect(longhand.reply(1).locator(".katex")).toHaveCount(formulas);
  const now = await page.evaluate(async () => {
    // The last of it has been laid out, and what follows from its end.
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    return noted.getBoundingClientRect().top;
  });
  expect(Math.abs(now - before.top)).toBeLessThanOrEqual(1);
});

/** Has who waits for a frame go on waiting, and so the setting, until `releaseFrames`. */
function holdFrames(): void {
  const request = globalThis.requestAnimationFrame;
  const held: FrameRequestCallback[] = [];
  globalThis.requestAnimationFrame = (run) => held.push(run);
  globalThis.releaseFrames = () => {
    globalThis.requestAnimationFrame = request;
    for (const run of held) request(run);
  };
}

/** Once the wheel's scrolling is over, notes a formula in view. @returns where it is, and how many there are by then. */
async function noteInView(log: Element): Promise<{ top: number; formulas: number }> {
  const moment = () => new Promise((resolve) => setTimeout(resolve, 100));
  const rest = () => log.scrollHeight - log.clientHeight - log.scrollTop;
  while (rest() < 190) await moment();
  const { top, bottom } = log.getBoundingClientRect();
  const found = [...log.querySelectorAll(".katex")].find((formula) => {
    const place = formula.getBoundingClientRect();
    return place.top > (top + bottom) / 2 && place.bottom < bottom;
  });
  if (!found) throw new Error("No formula is in view.");
  globalThis.noted = found;
  for (let before = Number.NaN; before !== found.getBoundingClientRect().top; await moment())
    before = found.getBoundingClientRect().top;
  return { top: found.getBoundingClientRect().top, formulas: log.querySelectorAll(".katex").length };
}

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
