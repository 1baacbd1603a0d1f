import { defineConfig } from "playwright/test";
import normal from "../playwright.config";
import { ADDRESSES } from "./addresses";

const OUT = ".build/full";
const { config, page, standIn } = ADDRESSES;

/** The import of the published size, apart from the normal run: it takes its time, and gigabytes of disk. */
// biome-ignore lint/style/noDefaultExport: Playwright reads it so.
export default defineConfig({
  ...normal,
  testMatch: "*.run.ts",
  // No limit: how long it takes is the result.
  timeout: 0,
  use: { ...normal.use, baseURL: page },
  webServer: [
    {
      command: `npx vite build --logLevel warn --outDir ${OUT} && npx vite preview --outDir ${OUT} --strictPort --port ${new URL(page).port}`,
      cwd: "../..",
      url: page,
    },
    {
      command: `node .ci/run-ts.mjs model/oracle/stand-in/serve.ts --config ${config} --port ${new URL(standIn).port}`,
      cwd: "../..",
      url: `${standIn}/microsoft/Phi-4-mini-flash-reasoning/resolve/main/config.json`,
    },
  ],
});
