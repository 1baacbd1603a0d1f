// What `npm start` and `npm test` need, installed when it is missing. Plain Node, since nothing is there yet on a fresh clone.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const OLDEST_NODE = [20, 19];

/** Runs a command with its output on the terminal; ends the process when it fails. */
export function must(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", ...options });
  if (status === 0) return;
  console.error(error?.message ?? `${command} ${args.join(" ")} ended with exit code ${status}.`);
  process.exit(status || 1);
}

/** node_modules as the lock file says. */
export function ensureDependencies() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    console.error(`Longhand needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.version}.`);
    process.exit(1);
  }
  if (isInstalled()) return;
  console.error("Installing dependencies (once) …");
  // Not `npm ci`: it refuses a lock file that was made where other platforms' optional packages could not be seen.
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  must("npm", args, { shell: process.platform === "win32" });
}

/** Every package of the lock file is there in its version; npm keeps the list of what it installed. */
function isInstalled() {
  if (!existsSync("node_modules/.package-lock.json")) return false;
  const wanted = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
  const found = JSON.parse(readFileSync("node_modules/.package-lock.json", "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || found[path]?.version === version,
  );
}

/** Where Linux distributions, macOS and Windows put Chromium or Chrome. */
const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
];

/** Finds or installs a Chromium; its path goes to the tests in the variable CHROMIUM. */
export function ensureChromium() {
  const path = findChromium() ?? installChromium();
  if (!path) {
    console.error("The tests need a Chromium. Install one and set CHROMIUM to its path.");
    process.exit(1);
  }
  process.env.CHROMIUM = path;
}

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  return [playwrightChromium(), ...INSTALLED].find((path) => path && existsSync(path));
}

function playwrightChromium() {
  const { chromium } = createRequire(import.meta.url)("playwright");
  return chromium.executablePath();
}

function installChromium() {
  console.error("Installing a Chromium for the tests (once) …");
  const quiet = { stdio: "ignore" };
  spawnSync("npx", ["playwright", "install", "chromium"], { ...quiet, timeout: 300_000 });
  const own = findChromium();
  if (own) return own;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update"], { ...quiet, env });
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], { ...quiet, env });
  }
  return findChromium();
}
