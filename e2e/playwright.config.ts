import { existsSync } from "node:fs";
import { defineConfig } from "playwright/test";

const PORT = 4173;
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

/** The built app in a real Chromium whose WebGPU runs in software. One at a time: the adapter takes every core. */
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results",
  timeout: 600_000,
  expect: { timeout: 60_000 },
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  use: {
    baseURL: `http://localhost:${PORT}`,
    // Requests that a service worker sees are hidden from the specs that count or break them; offline.spec.ts allows it.
    serviceWorkers: "block",
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        "--headless=new",
        "--no-sandbox",
        "--enable-unsafe-webgpu",
        "--enable-features=Vulkan",
        "--use-webgpu-adapter=swiftshader",
        "--disable-background-networking",
        // A script that a test has changed counts as come from nowhere, and may not ask the stand-in on this computer.
        "--disable-features=LocalNetworkAccessChecks",
      ],
    },
  },
  webServer: {
    command: `npx vite preview --port ${PORT} --strictPort`,
    cwd: "..",
    url: `http://localhost:${PORT}`,
    reuseExistingServer: !process.env.CI,
  },
});
