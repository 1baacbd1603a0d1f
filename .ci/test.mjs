// npm test: installs what is missing, then runs every check. The last line is "N passed, N failed".

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { ensureChromium, ensureDependencies } from "./setup.mjs";

// Absolute: Playwright takes a relative one from its configuration's folder, the others from the current one.
const REPORTS = resolve(".build/reports");

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
function runCheck(check, reportFile) {
  console.log(`\n== ${check.name}`);
  const begun = Date.now();
  const { status, stdout } = spawnSync("npx", ["--no-install", ...check.run, ...reporterOf(check, reportFile)], {
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: reportFile },
    stdio: ["ignore", check.atLeast ? "pipe" : "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (stdout) process.stdout.write(stdout);
  const isRight = status === 0 && sawEnough(check, String(stdout));
  const { passed, failed } = counted(check.report, reportFile) ?? { passed: Number(isRight), failed: 0 };
  const seconds = Math.round((Date.now() - begun) / 1000);
  // A runner may fail without a failed test: an error outside of tests, or nothing to run.
  return { name: check.name, seconds, passed, failed: isRight ? failed : Math.max(1, failed) };
}

function reporterOf({ report }, reportFile) {
  if (report === "vitest") return ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  return report === "playwright" ? ["--reporter=list,json"] : [];
}

/** A checker that finds nothing to check is satisfied with anything. */
function sawEnough({ name, atLeast, least }, output) {
  if (!atLeast || Number(atLeast.exec(output)?.[1] ?? 0) >= least) return true;
  console.log(`${name} saw too little: fewer than ${least} modules.`);
  return false;
}

function counted(report, file) {
  if (!report) return null;
  try {
    const json = JSON.parse(readFileSync(file, "utf8"));
    if (report === "vitest") return { passed: json.numPassedTests, failed: json.numFailedTests };
    return { passed: json.stats.expected + json.stats.flaky, failed: json.stats.unexpected };
  } catch (error) {
    console.error(`No report in ${file}: ${error.message}`);
    return { passed: 0, failed: 1 };
  }
}
