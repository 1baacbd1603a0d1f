import { expect } from "playwright/test";
import { recordLongTasks, reportLongTasks } from "./fixtures/long-tasks";
import { test } from "./fixtures/test";

/** More tokens than the context's 32,768, since each digit is one. */
const LONG_PROMPT = `Compute ${Array.from({ length: 20_000 }, (_, index) => index % 100).join(" + ")}`;

test("an empty prompt and one longer than the context: each a sentence, and the next question works", async ({
  longhand,
}, testInfo) => {
  const { page, alert, message } = longhand;
  await longhand.goto();
  await longhand.untilReady();

  await test.step("nothing but blanks is not sent", async () => {
    for (const blank of ["", " \n\t "]) {
      await longhand.ask(blank);
      await expect(alert).toContainText("The message is empty. Write a problem first.");
      await message.fill("1");
      await expect(alert).toHaveCount(0);
    }
    await expect(longhand.replies).toHaveCount(0);
  });

  await test.step("what does not fit comes back to be shortened", async () => {
    await recordLongTasks(page);
    await longhand.ask(LONG_PROMPT);
    await expect(alert).toContainText(
      /This text is \d+ tokens long, but only 32768 of the context's 32768 are free[.]/,
    );
    await expect(message).toHaveValue(LONG_PROMPT);
    await reportLongTasks(page, testInfo, "with a prompt of 90,000 characters");
  });

  await test.step("the conversation is as it was", async () => {
    await longhand.ask("What is 7 * 8?");
    await longhand.expectResult(2, "56");
  });
});
