import { defineConfig } from "playwright/test";
import normal from "../playwright.config";

const PORT = 4194;

/** Takes the pictures of the README, and so apart from the tests: npx playwright test --config e2e/screenshots/playwright.config.ts */
// biome-ignore lint/style/noDefaultExport: Playwright reads it so.
export default defineConfig({
  ...normal,
  outputDir: "../../test-results",
  testMatch: "*.run.ts",
  use: { ...normal.use, baseURL: `http://localhost:${PORT}` },
  webServer: {
    command: `npx vite build --logLevel warn --outDir .build/screenshots && npx vite preview --outDir .build/screenshots --strictPort --port ${PORT}`,
    cwd: "../..",
    url: `http://localhost:${PORT}`,
  },
});
