/**
 * npm run bench:page -- [--chromium <path>] [--adapter software] [--config tiny|full] [--only …] [--json FILE] …
 *
 * Runs the built bench page (dist/bench.html) in a headless Chromium and prints its tables. The suite's options are
 * those of npm run bench. The browser's profile lies on disk, for a private window would keep what it stores in memory.
 */

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BrowserContext, chromium, type Page } from "playwright";
import { compareReports } from "../bench/compare";
import { UsageError } from "../bench/plan";
import type { BenchReport } from "../bench/report";
import { spellTable } from "../bench/spell-table";
import { currentCommit } from "./current-commit";
import { serveFolder } from "./serve-folder";

const COMMON = ["--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", "--enable-features=Vulkan"];
const SOFTWARE = ["--use-webgpu-adapter=swiftshader"];
/** What Chromium on Linux needs to use a card without a screen. */
const CARD = [
  "--use-angle=vulkan",
  "--use-vulkan=native",
  "--disable-vulkan-surface",
  "--ignore-gpu-blocklist",
  "--disable-gpu-sandbox",
];
const TOLD_EVERY_MS = 1000;

const text = { type: "string" } as const;
const { values: options } = parseArgs({
  options: {
    chromium: { ...text, default: ["/usr/bin/chromium"].find(existsSync) ?? chromium.executablePath() },
    adapter: { ...text, default: "card" },
    dist: { ...text, default: "dist" },
    config: { ...text, default: "tiny" },
    only: text,
    contexts: text,
    prompts: text,
    "kernels-at": text,
    commit: { ...text, default: currentCommit() },
    json: text,
    compare: text,
  },
});

async function main(): Promise<void> {
  if (!existsSync(join(options.dist, "bench.html")))
    throw new UsageError(`${options.dist} has no bench.html: build first.`);
  const served = await serveFolder(options.dist);
  const profile = await mkdtemp(join(tmpdir(), "longhand-bench-"));
  const args = [...COMMON, ...(options.adapter === "software" ? SOFTWARE : CARD)];
  const browser = await chromium.launchPersistentContext(profile, { executablePath: options.chromium, args });
  try {
    const { report, fault } = await drive(browser, `${served.url}/bench.html?${query()}`);
    console.log(`${report.device}, ${report.model}, ${report.commit}`);
    for (const table of report.tables) console.log(spellTable(table));
    if (options.json) await writeFile(options.json, JSON.stringify(report, null, 1));
    if (options.compare) {
      const before = JSON.parse(await readFile(options.compare, "utf8")) as BenchReport;
      for (const table of compareReports(before, report)) console.log(spellTable(table));
    }
    if (fault) throw new Error(fault);
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
    served.close();
  }
}

function query(): URLSearchParams {
  const { config, only = "", contexts = "", prompts = "", "kernels-at": kernelsAt = "", commit } = options;
  return new URLSearchParams({ config, only, contexts, prompts, "kernels-at": kernelsAt, commit });
}

interface Outcome {
  readonly report: BenchReport;
  /** Why the report is not whole. */
  readonly fault: string | undefined;
}

/**
 * Starts the page's bench, tells what it does, and takes the report that it offers to save.
 *
 * @throws Error with what the page says went wrong, where it has no report.
 */
async function drive(browser: BrowserContext, url: string): Promise<Outcome> {
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.on("console", (message) => console.error(message.text()));
  await page.goto(url);
  await page.getByRole("button", { name: "Start" }).click();
  const fault = await untilEnded(page);
  const save = page.getByRole("button", { name: "Save as JSON" });
  if (fault && !(await save.isVisible())) throw new Error(fault);
  const download = page.waitForEvent("download");
  await save.click();
  return { report: JSON.parse(await readFile(await (await download).path(), "utf8")), fault };
}

/** @returns what the page says went wrong, if anything did. */
async function untilEnded(page: Page): Promise<string | undefined> {
  const alert = page.getByRole("alert");
  for (let said = ""; said !== "Done."; await page.waitForTimeout(TOLD_EVERY_MS)) {
    if (await alert.isVisible()) return (await alert.textContent()) ?? "";
    const now = (await page.getByRole("status").textContent()) ?? "";
    if (now !== said) console.error(now);
    said = now;
  }
  return undefined;
}

await main().catch((error: Error) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
});
