import { tensorPlan } from "../../tensor-plan";
import { type Converted, convert } from "../convert";
import { type Encode, type EncodedRun, encodeRun } from "../encode";
import { type Manifest, spellManifest } from "../format";
import { type ImportOptions, importModel } from "../import";
import { sha256 } from "../sha256";
import type { ModelStore } from "../store";
import { type Files, memorySource } from "./checkpoint-files";
import { RECIPE } from "./convert-all";
import type { MemoryStore } from "./memory-store";

export const NANO_RECIPE = { ...RECIPE, name: "nano", chunkBytes: 8192 };

export const MODEL = "nano";

/** Imports files in memory as the model "nano". */
export function importNano(files: Files, store: ModelStore, options: Partial<ImportOptions> = {}): Promise<Manifest> {
  return importModel({
    source: memorySource(files),
    origin: { kind: "picked" },
    plan: tensorPlan,
    recipe: NANO_RECIPE,
    model: MODEL,
    store,
    ...options,
  });
}

/** What `npm run convert` would write: the manifest's text, and the pieces by name. */
export async function convertNano(files: Files, encode?: Encode): Promise<Map<string, string>> {
  const converted: Converted[] = [];
  for await (const item of convert(memorySource(files), tensorPlan, NANO_RECIPE, { encode })) converted.push(item);
  return new Map(
    converted.map((item) =>
      item.kind === "manifest" ? ["manifest.json", spellManifest(item.manifest)] : [item.piece.name, hex(item.content)],
    ),
  );
}

/** encodeRun, that searches scales for the same values once only: for tests with hundreds of imports of one checkpoint. */
export function rememberingEncode(): Encode {
  const known = new Map<string, EncodedRun>();
  return async (format, values) => {
    const key = `${format} ${await sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice())}`;
    const run = known.get(key) ?? encodeRun(format, values);
    known.set(key, run);
    return run;
  };
}

/** What the store holds of the model, in the same form. */
export function storedNano(store: MemoryStore): Map<string, string> {
  const manifest = store.manifests.get(MODEL) as Manifest;
  const content = ({ sha256 }: { sha256: string }) => store.pieces.get(`${MODEL}/${sha256}`) ?? new Uint8Array();
  return new Map([
    ...[...manifest.files, ...manifest.chunks].map((piece) => [piece.name, hex(content(piece))] as const),
    ["manifest.json", spellManifest(manifest)],
  ]);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
