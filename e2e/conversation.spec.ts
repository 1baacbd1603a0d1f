import { expect } from "playwright/test";
import { endOfTurn, engineLog } from "./fixtures/engine-log";
import { test } from "./fixtures/test";

/** Submits in flight at a slow adapter's one token each, and one more whose message is under way to the page. */
const MOST_TOKENS_AFTER_STOP = 4;

/** The first turn's question and answer, the question of the second and the template around them: no reasoning. */
const MOST_TOKENS_WITHOUT_REASONING = 64;

test.beforeEach(async ({ longhand }) => {
  await longhand.goto();
  await longhand.untilReady();
});

test("two turns: both right, and the second does not know the reasoning of the first", async ({
  longhand,
}, testInfo) => {
  await longhand.ask("What is 7 * 8?");
  await longhand.expectResult(1, "56");
  await longhand.ask("Compute 8 + 4 - 1");
  await longhand.expectResult(2, "11");
  await expect(longhand.replies).toHaveCount(2);

  const first = await endOfTurn(longhand.page, 1);
  const second = await endOfTurn(longhand.page, 2);
  expect(first.contextUsed).toBe(first.promptTokens + first.tokens);
  const known = second.contextUsed - second.tokens;
  expect(known).toBeLessThan(Math.min(first.contextUsed, MOST_TOKENS_WITHOUT_REASONING));
  expect(second.promptTokens).toBeLessThanOrEqual(known);
  testInfo.annotations.push({ type: "prompt tokens of the second turn", description: `${second.promptTokens}` });

  await test.step("a new conversation forgets them", async () => {
    await longhand.page.getByRole("button", { name: "New conversation" }).click();
    await expect(longhand.replies).toHaveCount(0);
    await expect(longhand.contextUsed).toHaveAttribute("aria-valuenow", "0");
  });
});

test("Stop and Escape end a reply at once; its text stays and the next question works", async ({
  longhand,
}, testInfo) => {
  const { page } = longhand;
  for (const [turn, press] of [
    [1, () => longhand.stop.click()],
    [2, () => page.keyboard.press("Escape")],
  ] as const) {
    await longhand.ask("What is 4821 * 7395?");
    await longhand.untilThinking(turn);
    await expect(longhand.reasoning(turn)).toContainText("4821");
    await press();
    await expect(longhand.send).toBeVisible();
    await expect(longhand.reply(turn)).toContainText("Stopped.");
    await expect(longhand.reasoning(turn)).toContainText("4821");

    const log = await engineLog(page);
    const stopped = log.findLastIndex(({ from, kind }) => from === "page" && kind === "stop");
    const shownTokens = log.slice(0, stopped).findLast(({ kind }) => kind === "wrote")?.progress?.tokens ?? 0;
    const end = await endOfTurn(page, turn);
    expect(end.reason).toBe("aborted");
    const tokensAfterStop = end.tokens - shownTokens;
    testInfo.annotations.push({ type: "tokens after Stop", description: `${tokensAfterStop}` });
    expect(tokensAfterStop).toBeLessThanOrEqual(MOST_TOKENS_AFTER_STOP);
  }
  // Of another kind: this model is small enough to be led astray by a product that it never finished.
  await longhand.ask("Compute 8 + 4 - 1");
  await longhand.expectResult(3, "11");
});
