import { type Converted, convert, type Recipe, type WantedTensor } from "../convert";
import { MANIFEST_FILE, type Manifest } from "../format";
import { type Files, joined, memorySource, smallCheckpoint, utf8 } from "./checkpoint-files";

/** A converted model in memory: its manifest, the files as a server would offer them, and all chunks joined. */
export interface ConvertedModel {
  readonly manifest: Manifest;
  readonly files: Files;
  readonly stream: Uint8Array<ArrayBuffer>;
}

/** Converts a checkpoint that lies in memory; by default the small one, in chunks that cut every tensor. */
export async function convertAll(
  recipe: Partial<Recipe> = {},
  { files, plan }: { files: Files; plan: WantedTensor[] } = smallCheckpoint(),
): Promise<ConvertedModel> {
  const complete: Recipe = { ...RECIPE, ...recipe };
  const converted: Converted[] = [];
  for await (const item of convert(memorySource(files), () => plan, complete)) converted.push(item);
  const manifest = converted.find((item) => item.kind === "manifest")?.manifest;
  if (!manifest) throw new Error("the conversion yielded no manifest");
  const pieces = converted.flatMap((item) => (item.kind === "manifest" ? [] : [item]));
  return {
    manifest,
    files: {
      [MANIFEST_FILE]: utf8(JSON.stringify(manifest)),
      ...Object.fromEntries(pieces.map(({ piece, content }) => [piece.name, content])),
    },
    stream: joined(pieces.flatMap(({ kind, content }) => (kind === "chunk" ? [content] : []))),
  };
}

const RECIPE: Recipe = {
  name: "small",
  description: "Random numbers.",
  origin: "a test",
  licence: "MIT",
  matrices: "int4",
  embedding: "int4",
  chunkBytes: 1000,
};
