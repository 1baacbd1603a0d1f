import { expect, type Page } from "playwright/test";
import { fileOf } from "./fixtures/conversation-file";
import { hostileTexts } from "./fixtures/hostile";
import { test } from "./fixtures/test";
import { FAST, openWithPen } from "./fixtures/with-pen";

const TEXTS = 1_000;
const SEED = 5;
/** In one conversation. All of them are on the page at once. */
const BATCH = 40;

/** What no reply may have in it, whatever the model wrote. */
const FORBIDDEN = [
  "script, iframe, object, embed, img, link, style, meta, base, form, input, video, audio, template",
  "a, [href], [src], [srcdoc], [action], [formaction], [ping], [background]",
  "svg:not(.katex svg):not(.lucide), details details, [id]:not([id^='_r_']), [data-formula], [autofocus]",
].join(", ");

/** All elements and attributes of the replies that only an intruder would have brought. */
const intruders = (page: Page) =>
  page.getByRole("article", { name: "Reply" }).evaluateAll((replies, forbidden) => {
    const elements = replies.flatMap((reply) => [...reply.querySelectorAll("*")]);
    const found = elements.filter(
      (element) => element.matches(forbidden) || element.getAttributeNames().some((name) => name.startsWith("on")),
    );
    const isHarmed = document.documentElement.dataset.harmed !== undefined;
    return [...found.map((element) => element.outerHTML.slice(0, 200)), ...(isHarmed ? ["a script has run"] : [])];
  }, FORBIDDEN);

test("1,000 malformed or hostile replies: shown without an exception, an intruder, or a request", async ({
  longhand,
}) => {
  test.setTimeout(600_000);
  const { page } = longhand;
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const { list } = await openWithPen(longhand);
  const texts = hostileTexts(TEXTS, SEED);
  for (let first = 0; first < TEXTS; first += BATCH) {
    const batch = texts.slice(first, first + BATCH);
    const title = `Batch ${first}.`;
    await test.step(title, async () => {
      const [chooser] = await Promise.all([page.waitForEvent("filechooser"), list.chooseForAll("Import JSON")]);
      await chooser.setFiles({ name: "file.json", mimeType: "application/json", buffer: fileOf(title, batch) });
      await list.title(title).click();
      // Only a page that hangs takes longer; each reply is drawn, and its reasoning opened.
      await expect(longhand.replies).toHaveCount(batch.length, { timeout: 2_000 * BATCH });
      await expect(longhand.replies.first()).toContainText("Thought for");
      await page.locator("details > summary").evaluateAll((lines) => {
        for (const line of lines) (line as HTMLElement).click();
      });
      expect(await intruders(page)).toEqual([]);
    });
  }
  expect(asked.filter((url) => new URL(url).origin !== new URL(page.url()).origin)).toEqual([]);
});

test("while they are written, too", async ({ longhand }) => {
  const { page } = longhand;
  const { pen } = await openWithPen(longhand);
  await longhand.ask("Do your worst.");
  for (const text of hostileTexts(60, SEED + 1)) await pen.write({ reasoning: `${text}\n`, tokensPerSecond: FAST });
  for (const text of hostileTexts(30, SEED + 2)) await pen.write({ answer: `${text}\n\n`, tokensPerSecond: FAST });
  await pen.end();
  await expect(longhand.reply(1)).toHaveAttribute("aria-busy", "false");
  expect(await intruders(page)).toEqual([]);
});
