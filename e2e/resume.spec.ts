import { expect } from "playwright/test";
import { Longhand } from "./fixtures/longhand";
import { CHUNKS, chunk, modelFile, sorted, TEXT_FILES } from "./fixtures/model-requests";
import { test } from "./fixtures/test";

const FIRST_HELD = 4;
/** As many as the page fetches at a time: when all of these are waiting, everything before them is stored. */
const HELD = [FIRST_HELD, FIRST_HELD + 1, FIRST_HELD + 2];

test("a tab closed in mid-download: the next visit fetches only what is missing", async ({
  context,
  longhand,
  modelRequests,
}) => {
  for (const number of HELD) await longhand.page.route(modelFile(chunk(number)), () => {});
  const held = HELD.map((number) => longhand.page.waitForRequest(modelFile(chunk(number))));
  await longhand.goto();
  await Promise.all(held);
  expect(modelRequests.takePieces()).toEqual(sorted(...TEXT_FILES, ...CHUNKS.slice(0, FIRST_HELD + HELD.length)));
  await longhand.page.close();

  const next = new Longhand(await context.newPage());
  await next.goto();
  await next.untilReady();
  expect(modelRequests.takePieces()).toEqual(sorted(...CHUNKS.slice(FIRST_HELD)));
  await next.ask("What is 7 * 8?");
  await next.expectResult(1, "56");
});
