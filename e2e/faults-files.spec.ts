import { expect, type Route } from "playwright/test";
import { CHUNKS, chunk, modelFile, TEXT_FILES } from "./fixtures/model-requests";
import { test } from "./fixtures/test";

test.use({ mayComplain: true });

const BROKEN = chunk(6);
const LAST_CHUNK = chunk(-1);

const missing = (route: Route) => route.fulfill({ status: 404 });

/** What this page's own server does for a file that it does not have. */
const pageInstead = (route: Route) => route.continue({ url: new URL("/nothing/here", route.request().url()).href });

const changed = (change: (body: Buffer) => Buffer) => async (route: Route) => {
  const response = await route.fetch();
  await route.fulfill({ response, body: change(await response.body()) });
};

const truncated = changed((body) => body.subarray(0, 1000));
const longer = changed((body) => Buffer.concat([body, Buffer.from("more")]));
const altered = changed((body) => {
  body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
  return body;
});

const FAULTS = [
  { what: "the manifest is missing", file: "manifest.json", broken: missing, sentence: "manifest.json is missing" },
  { what: "the manifest is cut off", file: "manifest.json", broken: truncated, sentence: "manifest.json cannot be" },
  { what: "a model file is missing", file: BROKEN, broken: missing, sentence: `${BROKEN} is missing on the server` },
  { what: "there is a page in its place", file: BROKEN, broken: pageInstead, sentence: `the model file ${BROKEN} the` },
  { what: "the connection breaks", file: BROKEN, broken: (route: Route) => route.abort(), sentence: "online?" },
  { what: "it is truncated", file: BROKEN, broken: truncated, sentence: `${BROKEN} ended after 1000 of` },
  { what: "it is too long", file: BROKEN, broken: longer, sentence: `${BROKEN} is longer than its` },
  { what: "it is altered", file: BROKEN, broken: altered, sentence: `${BROKEN} is not what it should be` },
];

test("each damaged model file has its sentence, and Retry fetches what is still missing", async ({
  longhand,
  modelRequests,
}) => {
  const { page, alert } = longhand;
  let begin = () => longhand.goto();
  for (const { what, file, broken, sentence } of FAULTS) {
    await test.step(what, async () => {
      await page.route(modelFile(file), broken);
      await begin();
      await expect(alert).toContainText(sentence);
      await page.unroute(modelFile(file));
      begin = () => longhand.retry.click();
    });
  }

  await test.step("whole again, the model opens and is whole on this device", async () => {
    modelRequests.takePieces();
    await begin();
    await longhand.untilReady();
    await expect(alert).toHaveCount(0);
    const pieces = modelRequests.takePieces();
    expect(pieces).toContain(BROKEN);
    for (const kept of [...TEXT_FILES, ...CHUNKS.slice(0, 3)]) expect(pieces).not.toContain(kept);
  });
});

test("Cancel ends a download and keeps what has come", async ({ longhand, modelRequests }) => {
  const { page, alert } = longhand;
  await page.route(modelFile(LAST_CHUNK), () => {});
  const asked = page.waitForRequest(modelFile(LAST_CHUNK));
  await longhand.goto();
  await asked;
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(alert).toContainText("The download was stopped. What has arrived is kept.");
  modelRequests.takePieces();
  await longhand.retry.click();
  await expect.poll(() => modelRequests.takePieces()).toContain(LAST_CHUNK);
  await expect(longhand.progressBar).toHaveAccessibleName("Downloading the model");
});
