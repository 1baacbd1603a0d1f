import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PieceReader } from "@model/weights/stored-model";

/** The pieces of a converted model in a folder on disk. */
export const folderPieces =
  (folder: string): PieceReader =>
  ({ name }) =>
    readFile(join(folder, name));
