// Runs a TypeScript entry point in Node: node .ci/run-ts.mjs <entry.ts> [arguments …]
// Vite bundles it (WGSL files included) to one file in .build/, which also runs alone: node .build/<entry>.mjs

import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureDependencies } from "./setup.mjs";

const [entry, ...args] = process.argv.slice(2);
if (!entry) {
  console.error("usage: node .ci/run-ts.mjs <entry.ts> [arguments …]");
  process.exit(2);
}

ensureDependencies();
const { build } = await import("vite");
const name = basename(entry, ".ts");
await build({
  logLevel: "warn",
  publicDir: false,
  plugins: [],
  build: {
    ssr: entry,
    outDir: ".build",
    emptyOutDir: false,
    target: "node20",
    rollupOptions: { external: ["webgpu", "vite", "playwright"], output: { entryFileNames: `${name}.mjs` } },
  },
  ssr: { noExternal: true, external: ["webgpu", "playwright"] },
});
process.argv = [process.argv[0], resolve(`.build/${name}.mjs`), ...args];
await import(pathToFileURL(resolve(`.build/${name}.mjs`)));
