/**
 * node .ci/run-ts.mjs model/oracle/stand-in/serve.ts --config model/oracle/fixtures/full/config.json [--port 8000]
 *   [--shards 2] [--repository owner/name] [--revision main]
 *
 * A stand-in for the published checkpoint, for trying an import by hand: in the page, give its address as the server's.
 * With the published vocabulary it has a tokenizer of the published kind, else one of bytes.
 */

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { PUBLISHED_VOCABULARY, publishedFiles } from "./published-files";
import { formulaRepository } from "./repository";
import { type StandIn, startStandIn } from "./server";

/** Starts a stand-in as the arguments say. */
export async function serve(args: string[]): Promise<StandIn> {
  const text = { type: "string" } as const;
  const options = {
    config: { ...text, default: "model/oracle/fixtures/full/config.json" },
    port: { ...text, default: "8000" },
    shards: { ...text, default: "2" },
    repository: { ...text, default: "microsoft/Phi-4-mini-flash-reasoning" },
    revision: { ...text, default: "main" },
  };
  const { values } = parseArgs({ args, options });
  const config = JSON.parse(await readFile(values.config, "utf8"));
  const texts = config.vocab_size === PUBLISHED_VOCABULARY ? publishedFiles() : undefined;
  const files = formulaRepository(config, Number(values.shards), texts);
  const { repository, revision } = values;
  const standIn = await startStandIn({ files, repository, revision, port: Number(values.port) });
  const gigabytes = [...files.values()].reduce((sum, { bytes }) => sum + bytes, 0) / 1e9;
  process.stdout.write(`${standIn.baseUrl}  ${repository} at ${revision}, ${gigabytes.toFixed(2)} GB\n`);
  return standIn;
}

// Run as a program and not imported by a test.
if (process.argv[1]?.endsWith("serve.mjs")) await serve(process.argv.slice(2));
