import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { assertUsable } from "@model/library/get-model";
import { tensorPlan } from "@model/tensor-plan";
import { type Converted, convert } from "@model/weights/convert";
import { isChunkName, MANIFEST_FILE, type Manifest, spellManifest, sumBytes } from "@model/weights/format";
import type { Recipe } from "@model/weights/recipe";
import { folderSource } from "./folder-source";

const USAGE = `usage: npm run convert -- --from <checkpoint folder> --to <folder>
  --name <text> --description <text> --licence <text> --origin <text>
  [--matrices int4|f16] [--embedding int4|f16] [--chunk-mib <number>, default 8] [--force]`;

/** The command line cannot be followed; the message says why. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

interface Command {
  readonly from: string;
  readonly to: string;
  readonly force: boolean;
  readonly recipe: Recipe;
}

function parseCommand(args: string[]): Command {
  const text = { type: "string" } as const;
  const options = {
    from: text,
    to: text,
    name: text,
    description: text,
    licence: text,
    origin: text,
    matrices: { ...text, default: "int4" },
    embedding: text,
    "chunk-mib": { ...text, default: "8" },
    force: { type: "boolean", default: false },
  } as const;
  const { values } = parseArgs({ args, options });
  const chunkMib = Number(values["chunk-mib"]);
  if (!(chunkMib >= 1 && chunkMib <= 64)) throw new UsageError("--chunk-mib must be from 1 to 64.");
  const matrices = matrixFormat("matrices", values.matrices);
  return {
    from: given("from", values.from),
    to: given("to", values.to),
    force: values.force,
    recipe: {
      name: given("name", values.name),
      description: given("description", values.description),
      origin: given("origin", values.origin),
      licence: given("licence", values.licence),
      matrices,
      embedding: matrixFormat("embedding", values.embedding ?? matrices),
      chunkBytes: Math.round(chunkMib * 2 ** 18) * 4,
    },
  };
}

function given(option: string, value: string | undefined): string {
  if (!value) throw new UsageError(`--${option} is missing.`);
  return value;
}

function matrixFormat(option: string, value: string): "int4" | "f16" {
  if (value !== "int4" && value !== "f16") throw new UsageError(`--${option} must be int4 or f16.`);
  return value;
}

/** What is in an existing folder may be hours of somebody's work; --force removes what a conversion wrote, no more. */
async function prepareFolder(folder: string, force: boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length > 0 && !force)
    throw new UsageError(`${folder} holds ${names.length} files already; --force replaces a former conversion.`);
  const written = names.filter((name) => name === MANIFEST_FILE || isChunkName(name));
  await Promise.all(written.map((name) => rm(join(folder, name))));
}

async function write(folder: string, converted: Converted): Promise<void> {
  if (converted.kind === "manifest") return writeFile(join(folder, MANIFEST_FILE), spellManifest(converted.manifest));
  const { piece, content } = converted;
  await writeFile(join(folder, piece.name), content);
  process.stderr.write(`${piece.name}  ${piece.bytes} bytes\n`);
}

function report({ parameters, files, chunks, tensors }: Manifest, elapsedMs: number): string {
  const megabytes = (sumBytes([...files, ...chunks]) / 1e6).toFixed(1);
  const seconds = (elapsedMs / 1e3).toFixed(1);
  return `${tensors.length} tensors, ${parameters} parameters: ${megabytes} MB in ${chunks.length} chunks, ${seconds} s\n`;
}

/**
 * Converts as the arguments say and reports on standard error.
 *
 * @returns the exit status: 0, or 1 after an error was reported.
 */
export async function runConvert(args: string[]): Promise<number> {
  const begun = performance.now();
  try {
    const { from, to, force, recipe } = parseCommand(args);
    await prepareFolder(to, force);
    for await (const converted of convert(folderSource(from), tensorPlan, recipe, { check: assertUsable })) {
      await write(to, converted);
      if (converted.kind === "manifest") process.stderr.write(report(converted.manifest, performance.now() - begun));
    }
    return 0;
  } catch (error) {
    const { name, message } = error as Error;
    process.stderr.write(`${name}: ${message}\n`);
    if (error instanceof UsageError || error instanceof TypeError) process.stderr.write(`${USAGE}\n`);
    return 1;
  }
}
