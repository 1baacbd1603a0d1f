// npm start: installs what is missing, builds the app and serves it. Prints the address.

import { ensureDependencies, must } from "./setup.mjs";

ensureDependencies();
must(process.execPath, ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]);
must(process.execPath, ["node_modules/vite/bin/vite.js", "preview", ...process.argv.slice(2)]);
