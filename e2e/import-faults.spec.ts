import { expect } from "playwright/test";
import { test } from "./fixtures/import-test";
import { patchWorker } from "./fixtures/patch-worker";
import { SHARDS } from "./fixtures/stand-in";
import { damagedPieces, flipOneBit, storedChunks, storedRecords } from "./fixtures/stored-records";

test.use({ mayComplain: true });

test("what passes is got over: connections dropped after some bytes, 503, 500, a slow server", async ({
  models,
  page,
  standIn,
}) => {
  await standIn.fail({ kind: "drop", afterBytes: 50_000 }, { file: SHARDS[0], after: 3, times: 4 });
  await standIn.fail({ kind: "drop", afterBytes: 1 }, { file: SHARDS[1], after: 5, times: 2 });
  await standIn.fail({ kind: "status", status: 503, retryAfter: 0 }, { file: SHARDS[0], after: 12, times: 2 });
  await standIn.fail({ kind: "status", status: 500 }, { file: SHARDS[1], after: 9 });
  await standIn.fail({ kind: "slow", bytesPerSecond: 300_000 }, { file: SHARDS[1], after: 14, times: 2 });
  await models.start(standIn);
  await models.expectStored();
  expect(await damagedPieces(page)).toEqual([]);
  // After a drop it goes on at the byte that did not come.
  const begins = (await standIn.takeSeen()).map(({ range }) => Number(/^bytes=(\d+)/.exec(range ?? "")?.[1]));
  expect(begins.filter((begin) => begins.includes(begin - 50_000)).length).toBeGreaterThan(0);
});

test("what does not pass has its sentence, and Try again goes on: 401, 403, 404, 416, 502, no connection, silence", async ({
  context,
  models,
  page,
  standIn,
}) => {
  await patchWorker(context, hurry, "library");
  const faults = [
    { fault: { kind: "status", status: 401 }, sentence: "asks who you are" },
    { fault: { kind: "status", status: 403 }, sentence: "does not give out" },
    { fault: { kind: "status", status: 404 }, sentence: "There is no" },
    { fault: { kind: "status", status: 416 }, sentence: "is shorter than it was (416)" },
    { fault: { kind: "status", status: 502 }, sentence: "(status 502)" },
    { fault: { kind: "drop", afterBytes: 0 }, sentence: "The connection broke" },
    { fault: { kind: "stall", afterBytes: 0 }, sentence: "The connection broke" },
  ] as const;
  await standIn.failShards(faults[0].fault, { after: 8, times: 999 });
  await models.start(standIn);
  for (const { fault, sentence } of faults) {
    await test.step(JSON.stringify(fault), async () => {
      await standIn.behave();
      await standIn.failShards(fault, { after: 8, times: 999 });
      if (fault !== faults[0].fault) await models.alert.getByRole("button", { name: "Try again" }).click();
      await expect(models.alert).toContainText(sentence);
    });
  }
  await standIn.behave();
  await models.alert.getByRole("button", { name: "Try again" }).click();
  await models.expectStored();
  expect(await damagedPieces(page)).toEqual([]);
});

for (const kind of ["etag", "longer"] as const) {
  test(`a checkpoint that changes between two rounds (${kind}): said so, and started over`, async ({
    models,
    standIn,
  }) => {
    await standIn.failShards({ kind: "stall", afterBytes: 0 }, { after: 8, times: 999 });
    await models.start(standIn);
    await expect(models.micro.getByRole("progressbar")).toBeVisible();
    await models.button("Pause").click();
    await expect(models.button("Resume")).toBeVisible();
    await standIn.behave();
    await standIn.fail({ kind }, { file: SHARDS[1], times: 999 });
    await models.button("Resume").click();
    await expect(models.alert).toContainText(`${SHARDS[1]} was changed since this import began`);
    await standIn.behave();
    await models.alert.getByRole("button", { name: "Start over" }).click();
    await models.expectStored();
  });
}

test("files that make no model: an error that names the file, and storage stays as it was", async ({
  context,
  models,
  page,
  standIn,
}) => {
  await standIn.failShards({ kind: "stall", afterBytes: 0 }, { after: 14, times: 999 });
  await models.start(standIn);
  await standIn.untilQuiet();
  await models.button("Pause").click();
  await expect(models.button("Resume")).toBeVisible();
  await standIn.behave();
  const before = await storedRecords(page);
  expect(before.length).toBeGreaterThan(4);
  const json = (change: (entries: Record<string, unknown>) => unknown) => (body: Buffer) =>
    Buffer.from(JSON.stringify(change(JSON.parse(body.toString("utf8")))));
  const pointer = (body: Buffer) => Buffer.from("version https://git-lfs").subarray(0, body.byteLength);
  const malformed = [
    {
      file: "config.json",
      change: json((all) => ({ ...all, model_type: "llama" })),
      sentence: 'model_type is "llama"',
    },
    { file: "config.json", change: () => Buffer.from("<html>"), sentence: "config.json is not readable as JSON" },
    { file: "model.safetensors.index.json", change: json(() => ({})), sentence: "weight_map is missing" },
    { file: SHARDS[0], change: pointer, sentence: "cannot be right" },
  ];
  for (const { file, change, sentence } of malformed) {
    await test.step(sentence, async () => {
      const pattern = new RegExp(`/resolve/main/${file}`);
      await context.route(pattern, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: change(await response.body()) });
      });
      await models.button("Resume").click();
      await expect(models.alert).toContainText(sentence);
      await context.unroute(pattern);
    });
  }
  expect(await storedRecords(page)).toEqual(before);
});

test("wrong bytes while a piece is made again: found, and the piece is left for a better moment", async ({
  models,
  page,
  standIn,
}) => {
  await models.start(standIn);
  await models.expectStored();
  const [chunk] = await storedChunks(page, "micro");
  if (!chunk) throw new Error("Nothing is stored.");
  await flipOneBit(page, "micro", chunk);
  await standIn.fail({ kind: "wrong-bytes" }, { file: SHARDS[0], after: 3, times: 999 });
  await models.button("Verify").click();
  await expect(models.alert).toContainText(`${chunk.name} was damaged and came out different when made again`);
  await standIn.behave();
  await models.button("Verify").click();
  await expect(models.micro).toContainText("pieces was damaged, and made again.");
  expect(await damagedPieces(page)).toEqual([]);
});

/** A second of waiting takes 20 ms: half a minute of patience is not what is tested. */
function hurry() {
  const { setTimeout: wait } = globalThis;
  globalThis.setTimeout = ((work: () => void, ms = 0) => wait(work, ms / 50)) as typeof setTimeout;
}
