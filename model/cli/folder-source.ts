import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ByteSource } from "@model/weights/checkpoint";

/** The files of one folder on disk. */
export function folderSource(folder: string): ByteSource {
  return {
    async size(file) {
      try {
        return (await stat(join(folder, file))).size;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async read(file, offset, length) {
      const handle = await open(join(folder, file));
      try {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await handle.read(bytes, 0, length, offset);
        return bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
}
