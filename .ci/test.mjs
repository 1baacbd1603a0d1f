// npm test: installs what is missing, then runs every check. The last line is "N passed, N failed".

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { ensureChromium, ensureDependencies } from "./setup.mjs";

const REPORTS = ".build/reports";

const CHECKS = [
  { name: "format and lint", run: ["biome", "check", "."] },
  { name: "types", run: ["tsc", "--noEmit"] },
  { name: "import rules", run: ["depcruise", "app", "gpu", "model", "e2e"], atLeast: /\((\d+) modules/, least: 100 },
  { name: "dead code", run: ["knip"] },
  { name: "unit tests", run: ["vitest", "run", "--project", "node"], report: "vitest" },
  { name: "kernels and model in Chromium", run: ["vitest", "run", "--project", "gpu"], report: "vitest" },
  { name: "build", run: ["vite", "build", "--logLevel", "warn"] },
  { name: "size", run: ["size-limit"] },
  { name: "end to end", run: ["playwright", "test", "--config", "e2e/playwright.config.ts"], report: "playwright" },
];

ensureDependencies();
ensureChromium();
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });

const results = CHECKS.map((check, index) => runCheck(check, `${REPORTS}/${index}.json`));
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const failed = sum("failed");
console.log("");
for (const { name, seconds, passed, failed } of results) {
  console.log(`${failed ? "FAILED" : "ok    "} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
}
console.log(`${sum("passed")} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

/** Runs one check; a test runner counts its tests, any other check counts as one. */
function runCheck({ name, run, report, atLeast, least }, reportFile) {
  console.log(`\n== ${name}`);
  const begun = Date.now();
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: reportFile };
  const reporter = {
    vitest: ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`],
    playwright: ["--reporter=list,json"],
  };
  const args = ["--no-install", ...run, ...(reporter[report] ?? [])];
  const { status, stdout } = spawnSync("npx", args, {
    env,
    stdio: ["ignore", atLeast ? "pipe" : "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (stdout) process.stdout.write(stdout);
  const seconds = Math.round((Date.now() - begun) / 1000);
  const enough = !atLeast || Number(atLeast.exec(String(stdout))?.[1] ?? 0) >= least;
  if (!enough) console.log(`${name} saw too little: fewer than ${least} modules.`);
  const counts = (report && counted(report, reportFile)) ?? { passed: 0, failed: 0 };
  if (!report && status === 0 && enough) counts.passed = 1;
  if ((status !== 0 || !enough) && counts.failed === 0) counts.failed = 1;
  return { name, seconds, ...counts };
}

function counted(report, file) {
  try {
    const json = JSON.parse(readFileSync(file, "utf8"));
    if (report === "vitest") return { passed: json.numPassedTests, failed: json.numFailedTests };
    return { passed: json.stats.expected + json.stats.flaky, failed: json.stats.unexpected };
  } catch (error) {
    console.error(`No report in ${file}: ${error.message}`);
    return null;
  }
}
