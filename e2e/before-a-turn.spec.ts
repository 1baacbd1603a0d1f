import { expect } from "playwright/test";
import { endOfTurn } from "./fixtures/engine-log";
import { patchWorker } from "./fixtures/patch-worker";
import { test } from "./fixtures/test";

/** Of a thought that is closed with the first tokens that come. */
const MOST_THOUGHT = 4;

for (const { kind, patch, reason } of [
  { kind: "stop", patch: stopAtOnce, reason: "aborted" },
  { kind: "answer-now", patch: answerAtOnce, reason: "stop" },
])
  test(`"${kind}" is heard by a question that still waits for what was being read ahead`, async ({ longhand }) => {
    await patchWorker(longhand.page, patch);
    await longhand.goto();
    await longhand.untilReady();
    await longhand.ask("What is 7 * 8?");
    await expect(longhand.send).toBeVisible();
    const end = await endOfTurn(longhand.page, 1);
    expect(end.reason).toBe(reason);
    expect(end.reasoningTokens).toBeLessThanOrEqual(MOST_THOUGHT);
  });

/** A question comes while something is read ahead, and what follows it in the same moment. */
function stopAtOnce() {
  addEventListener("message", (event) => {
    if (!event.isTrusted || event.data.kind !== "ask") return;
    event.stopImmediatePropagation();
    const { conversation, settings } = event.data;
    const path = [{ text: "What is 6 * 9?", reply: { reasoning: "", answer: "54" } }];
    for (const data of [{ kind: "prepare", conversation, settings, path }, event.data, { kind: "stop" }])
      dispatchEvent(new MessageEvent("message", { data }));
  });
}

function answerAtOnce() {
  addEventListener("message", (event) => {
    if (!event.isTrusted || event.data.kind !== "ask") return;
    event.stopImmediatePropagation();
    const { conversation, settings } = event.data;
    const path = [{ text: "What is 6 * 9?", reply: { reasoning: "", answer: "54" } }];
    for (const data of [{ kind: "prepare", conversation, settings, path }, event.data, { kind: "answer-now" }])
      dispatchEvent(new MessageEvent("message", { data }));
  });
}
