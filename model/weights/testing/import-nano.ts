import { GROUP_SIZE } from "@gpu/int4";
import { tensorPlan } from "../../tensor-plan";
import { type Converted, convert } from "../convert";
import { type Encode, encodeRun } from "../encode";
import { type Manifest, spellManifest } from "../format";
import { type ImportOptions, importModel } from "../import";
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

/** In place of the search for scales, for tests in which the arithmetic does not matter and the number of imports does. */
export const hasty: Encode = (format, values) => {
  if (format !== "int4") return encodeRun(format, values);
  const halves = new Uint16Array(values.buffer, values.byteOffset, 2 * values.length);
  const codes = Uint8Array.from({ length: values.length / 2 }, (_, i) => halves[4 * i + 1] ?? 0);
  const scales = Uint8Array.from({ length: (2 * values.length) / GROUP_SIZE }, (_, i) => codes[8 * i] ?? 0);
  return { values: codes, scales };
};

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
