import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, type Page, type Route, test } from "playwright/test";

/** A repository of formula weights in the published layout, at the smallest size; model/oracle/stand-in. */
const PORT = 4199;
const STAND_IN = `http://127.0.0.1:${PORT}`;
const REPOSITORY = "longhand/micro";
const SHARDS = /127[.]0[.]0[.]1:4199.*safetensors$/;
const READY_MS = 120_000;

const FILES = [
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "generation_config.json",
  "model.safetensors.index.json",
  "model-00001-of-00002.safetensors",
  "model-00002-of-00002.safetensors",
];

async function fetchFile(name: string) {
  const response = await fetch(`${STAND_IN}/${REPOSITORY}/resolve/main/${name}`);
  return { name, mimeType: "application/octet-stream", buffer: Buffer.from(await response.arrayBuffer()) };
}

let server: ChildProcess;

test.beforeAll(async () => {
  const config = ["--config", "model/oracle/fixtures/micro/config.json", "--repository", REPOSITORY];
  const args = [".ci/run-ts.mjs", "model/oracle/stand-in/serve.ts", ...config, "--port", String(PORT)];
  server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  if (server.stdout) await once(server.stdout, "data");
});

test.afterAll(() => {
  server.kill();
});

const models = (page: Page) => page.getByRole("dialog", { name: "Models" });
const micro = (page: Page) => models(page).getByRole("article", { name: "micro" });
const alert = (page: Page) => models(page).getByRole("alert");

/** From the beginning to the press of "Start". */
async function start(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: "Models" }).click();
  await models(page).getByRole("button", { name: "Another model" }).click();
  const another = models(page).getByRole("region", { name: "Another model" });
  await another.getByLabel("Repository").fill(REPOSITORY);
  await another.getByText("Revision, mirror, token").click();
  await another.getByLabel("Base address").fill(STAND_IN);
  await another.getByRole("button", { name: "What will it cost?" }).click();
  await another.getByRole("button", { name: "Start" }).click();
}

test("a published checkpoint is read, quantized, stored, verified, opened, and writes", async ({ page }) => {
  test.slow();
  await start(page);
  await expect(micro(page)).toContainText("On this device");
  await micro(page).getByRole("button", { name: "Verify" }).click();
  await expect(micro(page)).toContainText("pieces are as they should be");
  await micro(page).getByRole("button", { name: "Open" }).click();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible({ timeout: READY_MS });
  await page.getByRole("textbox", { name: "Message" }).fill("1 + 1");
  await page.getByRole("button", { name: "Send" }).click();
  // Formula weights say nothing sensible; that they say something is the point.
  const used = page.getByRole("meter", { name: "Context used" });
  await expect.poll(async () => Number(await used.getAttribute("aria-valuenow"))).toBeGreaterThan(20);
});

test("files from this device do as well", async ({ page }) => {
  const files = await Promise.all(FILES.map(fetchFile));
  await page.goto("/");
  await page.getByRole("button", { name: "Models" }).click();
  await models(page).getByRole("button", { name: "Another model" }).click();
  const another = models(page).getByRole("region", { name: "Another model" });
  await another.getByRole("radio", { name: "This device" }).check();
  await another.getByLabel("Or its files").setInputFiles(files);
  await another.getByRole("button", { name: "What will it cost?" }).click();
  await expect(another.getByText("To be read")).toBeVisible();
  await another.getByRole("button", { name: "Start" }).click();
  await expect(models(page).getByRole("article", { name: "imported-model" })).toContainText("On this device");
});

test("a byte that flips in storage is found, and its piece made again from the source", async ({ page }) => {
  await start(page);
  await expect(micro(page)).toContainText("On this device");
  await page.evaluate(flipOneByte, "micro");
  let rangesRead = 0;
  page.on("request", (request) => {
    if (request.url().endsWith(".safetensors")) rangesRead++;
  });
  await micro(page).getByRole("button", { name: "Verify" }).click();
  await expect(micro(page)).toContainText("pieces was damaged, and made again.");
  await micro(page).getByRole("button", { name: "Verify" }).click();
  await expect(micro(page)).toContainText("pieces are as they should be");
  expect(rangesRead).toBeGreaterThan(0);
});

for (const { status, sentence } of [
  { status: 401, sentence: "asks who you are" },
  { status: 403, sentence: "does not give out" },
  { status: 404, sentence: "There is no" },
]) {
  test(`a server that answers ${status}: a sentence`, async ({ page }) => {
    await page.route(SHARDS, (route) => route.fulfill({ status, headers: { "access-control-allow-origin": "*" } }));
    await start(page);
    await expect(alert(page)).toContainText(sentence);
  });
}

test("a checkpoint that changes between two rounds: said so, and started over", async ({ page }) => {
  // One bit of the tag, from the second round on.
  let round = 1;
  const answer = async (route: Route) => {
    if (round === 1 && (route.request().headers().range ?? "").length > "bytes=0-1000".length) return;
    const response = await route.fetch();
    const headers = { ...response.headers(), etag: `"round-${round}"` };
    await route.fulfill({ response, headers });
  };
  await page.route(SHARDS, answer);
  await start(page);
  await expect(micro(page).getByRole("progressbar")).toBeVisible();
  await micro(page).getByRole("button", { name: "Pause" }).click();
  await expect(micro(page).getByRole("button", { name: "Resume" })).toBeVisible();
  round = 2;
  await micro(page).getByRole("button", { name: "Resume" }).click();
  await expect(alert(page)).toContainText("was changed since this import began");
  await alert(page).getByRole("button", { name: "Start over" }).click();
  await expect(micro(page)).toContainText("On this device");
});

/** Runs in the page. Of the largest piece, one bit. */
async function flipOneByte(model: string): Promise<void> {
  const opening = indexedDB.open("longhand-models");
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const store = db.transaction("pieces", "readwrite").objectStore("pieces");
  let largest: { key: IDBValidKey; bytes: Uint8Array } | undefined;
  await new Promise<void>((resolve) => {
    store.openCursor(IDBKeyRange.bound([model, ""], [model, []])).onsuccess = ({ target }) => {
      const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
      if (!cursor) return resolve();
      if (cursor.value.byteLength > (largest?.bytes.byteLength ?? 0))
        largest = { key: cursor.key, bytes: cursor.value };
      cursor.continue();
    };
  });
  if (!largest) throw new Error(`Nothing of ${model} is stored.`);
  largest.bytes[100] = (largest.bytes[100] ?? 0) ^ 1;
  const put = store.put(largest.bytes, largest.key);
  await new Promise((resolve) => {
    put.onsuccess = resolve;
  });
  db.close();
}
