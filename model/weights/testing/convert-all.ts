import type { Plan } from "../conversion";
import { type Converted, convert } from "../convert";
import { MANIFEST_FILE, type Manifest, type Placement, placements } from "../format";
import type { Recipe, WantedTensor } from "../recipe";
import { type Files, joined, memorySource, smallCheckpoint, utf8 } from "./checkpoint-files";

/** A converted model in memory: its manifest, and the files as a server would offer them. */
export interface ConvertedModel {
  readonly manifest: Manifest;
  readonly files: Files;
}

/** The bytes of one part of a tensor, collected from the chunks. */
export function partOf({ manifest, files }: ConvertedModel, name: string, part: Placement["part"]) {
  const runs = placements(manifest).filter((run) => run.name === name && run.part === part);
  return joined(
    runs.map(({ chunk, begin, end }) => {
      return (files[manifest.chunks[chunk]?.name ?? ""] ?? new Uint8Array()).subarray(begin, end);
    }),
  );
}

/** Converts a checkpoint that lies in memory; by default the small one, in chunks that cut the larger tensors. */
export async function convertAll(
  recipe: Partial<Recipe> = {},
  { files, plan }: { files: Files; plan: WantedTensor[] } = smallCheckpoint(),
  planOf: Plan = () => plan,
): Promise<ConvertedModel> {
  const complete: Recipe = { ...RECIPE, ...recipe };
  const converted: Converted[] = [];
  for await (const item of convert(memorySource(files), planOf, complete)) converted.push(item);
  const manifest = converted.find((item) => item.kind === "manifest")?.manifest;
  if (!manifest) throw new Error("the conversion yielded no manifest");
  const pieces = converted.flatMap((item) => (item.kind === "manifest" ? [] : [item]));
  return {
    manifest,
    files: {
      [MANIFEST_FILE]: utf8(JSON.stringify(manifest)),
      ...Object.fromEntries(pieces.map(({ piece, content }) => [piece.name, content])),
    },
  };
}

export const RECIPE: Recipe = {
  name: "small",
  description: "Random numbers.",
  origin: "a test",
  licence: "MIT",
  matrices: "int4",
  embedding: "int4",
  chunkBytes: 1000,
};
