/**
 * npm run convert -- --from <checkpoint folder> --to <folder> --name … --description … --licence … --origin …
 *
 * Turns a safetensors checkpoint, as published, into the files that the page downloads. model/weights/README.md tells
 * what they are.
 */

import { runConvert } from "./convert-command";

process.exitCode = await runConvert(process.argv.slice(2));
