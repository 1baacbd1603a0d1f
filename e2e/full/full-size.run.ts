import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, expect, type Page, test } from "playwright/test";
import { ADDRESSES } from "./addresses";
import { type HeapPeaks, HeapWatch } from "./heap-watch";
import { peakProcessMemory } from "./process-memory";

const MODEL = "Phi-4-mini-flash-reasoning";
const TOLD_EVERY_MS = 10_000;
const TOKENS = 8;
/** Of the page and of each worker: what the import promises. */
const MOST_HEAP_BYTES = 300e6;
const REPORT = ".build/full-size.json";
/** Waits end when what is waited for is there, or when somebody loses patience. */
const FOREVER = { timeout: 0 };

const models = (page: Page) => page.getByRole("dialog", { name: "Models" });
const card = (page: Page) => models(page).getByRole("article", { name: MODEL });
const ready = (page: Page) => expect(page.getByRole("button", { name: "Send" })).toBeVisible(FOREVER);

const report: Record<string, unknown> = {};

/** Prints figures as they come, and keeps them. */
async function tell(figures: Record<string, unknown>): Promise<void> {
  Object.assign(report, figures);
  console.log(new Date().toISOString(), JSON.stringify(figures));
  await writeFile(REPORT, `${JSON.stringify(report, null, 2)}\n`);
}

let context: BrowserContext;
let profile: string;

// In a profile on disk: what a private window stores, it keeps in memory.
test.beforeAll(async ({ launchOptions }) => {
  profile = await mkdtemp(join(tmpdir(), "longhand-full-"));
  context = await chromium.launchPersistentContext(profile, { ...launchOptions, baseURL: ADDRESSES.page });
});

test.afterAll(async () => {
  await context.close();
  await rm(profile, { recursive: true, force: true });
});

test("the published size is imported, kept, loaded, and writes", async () => {
  const page = context.pages()[0] ?? (await context.newPage());
  const heaps = await HeapWatch.of(page);
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto("/");
  await ready(page);
  await test.step("import", () => importModel(page, heaps));
  await page.reload();
  await ready(page);
  await test.step("load", () => load(page, heaps));
  await test.step("generate", () => generate(page, heaps));
  heaps.stop();
  await tell({ complaints });
});

async function importModel(page: Page, heaps: HeapWatch): Promise<void> {
  const seen = countRequests(context);
  await start(page);
  const begunMs = Date.now();
  await untilStored(page, begunMs);
  const seconds = (Date.now() - begunMs) / 1000;
  const peaks = heaps.take();
  const speed = seen.bytesRead / seconds / 1e6;
  await tell({
    import: { seconds, megabytesPerSecond: speed, ...seen, storedBytes: await page.evaluate(bytesInStore) },
  });
  await tell({ importHeaps: peaks, importProcesses: peakProcessMemory() });
  expectSmall(peaks);
}

async function load(page: Page, heaps: HeapWatch): Promise<void> {
  await page.getByRole("button", { name: "Models" }).click();
  // What counting the stored bytes took is not the page's.
  heaps.take();
  const begunMs = Date.now();
  await card(page).getByRole("button", { name: "Open" }).click();
  await expect(page.getByRole("progressbar", { name: "Preparing the graphics card" })).toBeVisible(FOREVER);
  const seconds = (Date.now() - begunMs) / 1000;
  await ready(page);
  const peaks = heaps.take();
  await tell({ load: { seconds, untilReadySeconds: (Date.now() - begunMs) / 1000 } });
  await tell({ loadHeaps: peaks, loadProcesses: peakProcessMemory() });
  expectSmall(peaks);
}

async function generate(page: Page, heaps: HeapWatch): Promise<void> {
  const used = page.getByRole("meter", { name: "Context used" });
  const tokens = async () => Number(await used.getAttribute("aria-valuenow"));
  await page.getByRole("textbox", { name: "Message" }).fill("1 + 1");
  const begunMs = Date.now();
  await page.getByRole("button", { name: "Send" }).click();
  await expect.poll(tokens, FOREVER).toBeGreaterThan(0);
  const readMs = Date.now();
  const promptTokens = await tokens();
  await expect.poll(tokens, FOREVER).toBeGreaterThan(promptTokens + TOKENS);
  const written = (await tokens()) - promptTokens;
  const secondsPerToken = (Date.now() - readMs) / 1000 / written;
  await page.getByRole("button", { name: "Stop" }).click();
  await ready(page);
  const text = await page.getByRole("article", { name: "Reply" }).textContent();
  await tell({ generate: { promptTokens, promptSeconds: (readMs - begunMs) / 1000, written, secondsPerToken, text } });
  await tell({ generateHeaps: heaps.take(), generateProcesses: peakProcessMemory() });
}

/** From the list of models to the press of "Start". */
async function start(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Models" }).click();
  await card(page).getByRole("button", { name: "Get" }).click();
  await card(page).getByText("Where it comes from").click();
  await card(page).getByText("Revision, mirror, token").click();
  await card(page).getByLabel("Base address").fill(ADDRESSES.standIn);
  await card(page).getByRole("button", { name: "What will it cost?" }).click();
  await expect(card(page).getByRole("button", { name: /^Start/ })).toBeVisible();
  await tell({ offer: await card(page).textContent() });
  await card(page)
    .getByRole("button", { name: /^Start/ })
    .click();
}

/** Pauses once on the way, and goes on. */
async function untilStored(page: Page, begunMs: number): Promise<void> {
  const progress = card(page).getByRole("progressbar");
  const lines: string[] = [];
  let hasPaused = false;
  while (!(await card(page).textContent())?.includes("On this device")) {
    await expect(models(page).getByRole("alert")).toHaveCount(0);
    const line = (await progress.count()) > 0 ? ((await progress.getAttribute("aria-valuetext")) ?? "") : "";
    lines.push(`${Math.round((Date.now() - begunMs) / 1000)} s: ${line}`);
    console.log(lines.at(-1));
    if (!hasPaused && / [3-9]\d %/.test(line)) {
      hasPaused = true;
      await pauseAndResume(page);
    }
    await page.waitForTimeout(TOLD_EVERY_MS);
  }
  await tell({ progress: lines });
}

async function pauseAndResume(page: Page): Promise<void> {
  await card(page).getByRole("button", { name: "Pause" }).click();
  await expect(card(page).getByRole("button", { name: "Resume" })).toBeVisible();
  await tell({ paused: await card(page).textContent() });
  await card(page).getByRole("button", { name: "Resume" }).click();
}

function expectSmall(peaks: HeapPeaks): void {
  for (const [name, { together }] of Object.entries(peaks))
    expect.soft(together, `heap of ${name}`).toBeLessThan(MOST_HEAP_BYTES);
}

/** What the stand-in is asked for by ranges, and what it sends. */
function countRequests(of: BrowserContext): { count: number; bytesRead: number } {
  const seen = { count: 0, bytesRead: 0 };
  of.on("request", (request) => {
    if (request.url().startsWith(ADDRESSES.standIn)) seen.count += 1;
  });
  of.on("response", (response) => {
    if (response.url().startsWith(ADDRESSES.standIn)) seen.bytesRead += Number(response.headers()["content-length"]);
  });
  return seen;
}

/** Runs in the page: bytes of all pieces of all models. */
async function bytesInStore(): Promise<number> {
  const opening = indexedDB.open("longhand-models");
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  let bytes = 0;
  await new Promise<void>((resolve) => {
    db.transaction("pieces").objectStore("pieces").openCursor().onsuccess = ({ target }) => {
      const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
      if (!cursor) return resolve();
      bytes += cursor.value.size;
      cursor.continue();
    };
  });
  db.close();
  return bytes;
}
