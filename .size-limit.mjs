// What the page waits for is what its HTML asks for: the build cuts scripts anew whenever two entries share another file.

import { existsSync, readFileSync } from "node:fs";

const HTML = "dist/index.html";
const html = existsSync(HTML) ? readFileSync(HTML, "utf8") : "";
const scripts = [...html.matchAll(/assets\/[^"]+[.]js/g)].map(([path]) => `dist/${path}`);

export default [
  { name: "page", path: ["dist/assets/index-*.js", ...scripts], limit: "120 kB" },
  { name: "worker", path: "dist/assets/worker-*.js", limit: "100 kB" },
];
