/**
 * node .ci/run-ts.mjs model/cli/verify.ts --reference <folder> [--weights f16|int4|both] [--chunk 256] [--tolerance 0.01]
 *
 * The engine on this device against the oracle, with formula weights of the size that the folder's config.json says. It
 * holds golden.safetensors and, for the published size, golden.json (model/oracle/recipe/FORMAT.md). The exit code is 1
 * when f16 weights exceed the tolerance anywhere. int4 weights are another model, so their errors are only reported;
 * "both" reports their divergence from the f16 run as well, over the whole vocabulary.
 */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ModelConfig, parseConfig } from "../config";
import { type ByteCount, countBytes } from "../oracle/count-bytes";
import { readGolden } from "../oracle/golden";
import { publishedReference, type Reference, type SpotFile, smallReference } from "../oracle/reference-spots";
import { isWithin, klDivergence } from "../oracle/spot-errors";
import { type Verification, type VerifiedRun, verifyWeights } from "../oracle/verify-weights";
import { openDawn } from "./open-dawn";

interface Command {
  readonly folder: string;
  readonly kinds: readonly ("f16" | "int4")[];
  readonly chunk: number;
  readonly tolerance: number;
}

const KINDS = { f16: ["f16"], int4: ["int4"], both: ["f16", "int4"] } as const;

function parseCommand(args: string[]): Command {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: {
      reference: text,
      weights: { ...text, default: "f16" },
      chunk: { ...text, default: "256" },
      tolerance: { ...text, default: "0.01" },
    },
  });
  const { reference, weights } = values;
  const [chunk, tolerance] = [Number(values.chunk), Number(values.tolerance)];
  if (!reference) throw new TypeError("--reference is missing: a folder with config.json and golden.safetensors.");
  if (!isKind(weights)) throw new TypeError("--weights must be f16, int4 or both.");
  if (!(Number.isInteger(chunk) && chunk > 0)) throw new TypeError("--chunk must be a positive whole number.");
  if (!(tolerance > 0)) throw new TypeError("--tolerance must be a positive number.");
  return { folder: reference, kinds: KINDS[weights], chunk, tolerance };
}

const isKind = (kind: string): kind is keyof typeof KINDS => Object.hasOwn(KINDS, kind);

async function readReference(folder: string): Promise<{ config: ModelConfig; reference: Reference }> {
  const json = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), "utf8"));
  const config = parseConfig(await json("config.json"));
  const { buffer, byteOffset, byteLength } = await readFile(join(folder, "golden.safetensors"));
  const golden = readGolden((buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength));
  const reference = existsSync(join(folder, "golden.json"))
    ? publishedReference(config, (await json("golden.json")) as SpotFile, golden)
    : smallReference(config, golden);
  return { config, reference };
}

const short = (value: number): string => value.toExponential(1).padStart(8);

/** The spots' errors as a table; with the logits of another run, the divergence from it too. */
function spotTable({ spots, logits }: VerifiedRun, other: VerifiedRun | undefined): string {
  const head = ` position   top 32  first 64     mean      std  KL (est.)${other ? "  KL to f16" : ""}  top-1`;
  const rows = spots.map(({ position, top, first, mean, std, kl, top1 }) => {
    const [own, theirs] = [logits.get(position), other?.logits.get(position)];
    const exact = own && theirs ? `   ${short(klDivergence(theirs, own))}` : "";
    const errors = `${short(top)}  ${short(first)} ${short(mean)} ${short(std)}   ${short(kl)}`;
    return `${String(position).padStart(9)} ${errors}${exact}  ${top1}`;
  });
  return [head, ...rows].join("\n");
}

function residualLine(residuals: readonly number[]): string {
  const worst = residuals.reduce((most, error, i) => (error <= (residuals[most] ?? 0) ? most : i), 0);
  const rms = Math.sqrt(residuals.reduce((sum, error) => sum + error ** 2, 0) / residuals.length);
  const after = `layer ${Math.floor(worst / 2)} ${worst % 2 === 0 ? "mixer" : "mlp"}`;
  const worstError = short(residuals[worst] ?? Number.NaN).trim();
  return ` residual of the last token after ${residuals.length} half-layers: at most ${worstError} (${after}), rms ${short(rms).trim()}`;
}

function print(kind: string, verified: Verification, reference: Verification | undefined, bytes: ByteCount): void {
  const { weightsBytes, weightsMs, runs, tokensPerSecond } = verified;
  console.log(`\n${kind}: ${(weightsBytes / 1e9).toFixed(3)} GB of weights made in ${(weightsMs / 1e3).toFixed(1)} s`);
  for (const [index, run] of runs.entries()) {
    console.log(`\n${run.label}: ${(run.elapsedMs / 1e3).toFixed(1)} s, compiling included`);
    console.log(spotTable(run, reference?.runs[index]));
    console.log(residualLine(run.residuals));
  }
  const gigabytes = (bytes.peak / 1e9).toFixed(3);
  console.log(`\n${tokensPerSecond.toFixed(1)} tokens/s decoded; at most ${gigabytes} GB of GPU buffers at a time`);
}

const passes = ({ runs }: Verification, tolerance: number): boolean =>
  runs.every(
    ({ spots, residuals }) =>
      spots.every((spot) => isWithin(spot, tolerance)) && residuals.every((error) => error <= tolerance),
  );

async function main(args: string[]): Promise<number> {
  const { folder, kinds, chunk, tolerance } = parseCommand(args);
  const { config, reference } = await readReference(folder);
  const gpu = await openDawn();
  const bytes = countBytes(gpu.device);
  console.log(`${gpu.adapter.description}: ${config.numLayers} layers, vocabulary ${config.vocabSize}`);
  let exact: Verification | undefined;
  for (const kind of kinds) {
    bytes.reset();
    const verified = await verifyWeights(gpu, config, reference, { kind, chunk, tolerance });
    print(kind, verified, exact, bytes);
    if (kind === "f16") exact = verified;
  }
  if (!exact) return 0;
  const passed = passes(exact, tolerance);
  console.log(`\nf16 weights ${passed ? "pass" : "FAIL"}: tolerance ${tolerance}`);
  return passed ? 0 : 1;
}

const status = await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`${error.name}: ${error.message}`);
  return 1;
});
process.exit(status); // Dawn's threads would keep Node alive.
