import { expect } from "playwright/test";
import { engineLog } from "./fixtures/engine-log";
import { recordLongTasks, reportLongTasks } from "./fixtures/long-tasks";
import { CHUNKS, sorted, TEXT_FILES } from "./fixtures/model-requests";
import { test } from "./fixtures/test";

test("first visit: download, example problem, typeset answer; second visit: no model byte", async ({
  longhand,
  modelRequests,
}, testInfo) => {
  const { page } = longhand;

  await test.step("the model comes by itself, with its progress", async () => {
    await longhand.goto();
    await expect(longhand.progressBar).toBeVisible();
    await expect(longhand.progressBar).toHaveAccessibleName(/model/);
    await longhand.untilReady();
    const phases = (await engineLog(page)).filter(({ kind }) => kind === "progress").map(({ phase }) => phase);
    expect([...new Set(phases)]).toEqual(["checking", "downloading", "loading"]);
    expect(modelRequests.takePieces()).toEqual(sorted(...TEXT_FILES, ...CHUNKS));
  });

  await test.step("the page says what kind of model this is", async () => {
    await expect(page.getByRole("main")).toContainText("A tiny arithmetic model");
    await expect(page.getByRole("main")).toContainText("It knows nothing else");
    await expect(longhand.contextUsed).toHaveAttribute("aria-valuenow", "0");
  });

  await test.step("an example problem is thought about in the open", async () => {
    await recordLongTasks(page);
    await longhand.examples.getByRole("button", { name: "What is 347 * 58?" }).click();
    await longhand.untilThinking(1);
    await expect(longhand.reasoning(1)).toHaveAttribute("open");
    await expect(longhand.stop).toBeVisible();
    await expect(page.getByText(/^[\d.]+ tokens\/s$/)).toBeVisible();
  });

  await test.step("the answer is right and typeset, the reasoning folded away", async () => {
    await longhand.expectResult(1, "20126");
    await reportLongTasks(page, testInfo, "during the reply");
    const reasoning = longhand.reasoning(1);
    await expect(reasoning).not.toHaveAttribute("open");
    await expect(reasoning).toContainText(/Thought for .* · \d+ tokens/);
    await reasoning.locator("summary").click();
    await expect(reasoning).toHaveAttribute("open");
    await expect(reasoning.getByLabel("Reasoning text")).toContainText("347 * 8");
    await expect(longhand.contextUsed).toHaveAttribute("aria-valuetext", /^\d+ of 32,768 tokens$/);
    await expect(longhand.contextUsed).not.toHaveAttribute("aria-valuenow", "0");
  });

  await test.step("a second visit fetches nothing of the model, and answers", async () => {
    await page.reload();
    await longhand.untilReady();
    expect(modelRequests.takePieces()).toEqual([]);
    const ready = (await engineLog(page)).find(({ kind }) => kind === "ready");
    expect(ready?.model?.fetchedBytes).toBe(0);
    await longhand.ask("What is 7 * 8?");
    // The conversation of the first visit is still there.
    await longhand.expectResult(2, "56");
  });
});
