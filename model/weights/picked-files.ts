import type { ByteSource, FileVersions } from "./checkpoint";
import { CheckpointError } from "./errors";
import { UpstreamChangedError } from "./source-errors";

/** What is used of a File. */
export interface PickedFile extends Pick<Blob, "size" | "slice"> {
  readonly name: string;
  readonly lastModified: number;
  /** "folder/sub/name" when a whole folder was picked; empty or missing otherwise. */
  readonly webkitRelativePath?: string;
}

/** What is used of a FileSystemDirectoryHandle. */
export interface PickedFolder {
  values(): AsyncIterable<{ readonly kind: "file"; getFile(): Promise<PickedFile> } | { readonly kind: "directory" }>;
}

const CONFIG_FILE = "config.json";

/**
 * The files of a checkpoint picked from disk. Of a picked folder, those beside the outermost config.json count. Nothing
 * is copied: the browser reads the ranges that are asked for.
 *
 * @throws CheckpointError when two files have the same name. The source throws UpstreamChangedError for a file that
 * was changed or removed after it was picked; AbortError.
 */
export function pickedFiles(files: Iterable<PickedFile>): ByteSource & { versions(): FileVersions } {
  const byName = new Map<string, PickedFile>();
  for (const file of besideConfig([...files])) {
    if (byName.has(file.name))
      throw new CheckpointError(`Two of the picked files are called ${file.name}. Pick the files of one model.`);
    byName.set(file.name, file);
  }
  const versions = Object.fromEntries(
    [...byName.values()].map(({ name, size, lastModified }) => [name, { bytes: size, tag: String(lastModified) }]),
  );
  return {
    versions: () => versions,
    size: async (file) => byName.get(file)?.size,
    async read(name, offset, length, { signal } = {}) {
      signal?.throwIfAborted();
      const file = byName.get(name);
      if (!file) throw new CheckpointError(`The checkpoint has no file ${name}.`);
      try {
        return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        throw new UpstreamChangedError(`${name} was changed or removed after it was picked. Pick it again.`, { cause });
      }
    },
  };
}

/**
 * The files of a picked folder; folders in it are not looked into.
 *
 * @throws whatever the browser throws when it may not read the folder.
 */
export async function filesOfFolder(folder: PickedFolder): Promise<PickedFile[]> {
  const files: PickedFile[] = [];
  for await (const entry of folder.values()) if (entry.kind === "file") files.push(await entry.getFile());
  return files;
}

function besideConfig(files: readonly PickedFile[]): readonly PickedFile[] {
  const folderOf = ({ webkitRelativePath = "" }: PickedFile) => webkitRelativePath.split("/").slice(0, -1).join("/");
  const depth = (file: PickedFile) => folderOf(file).split("/").length;
  const [config] = files.filter(({ name }) => name === CONFIG_FILE).sort((a, b) => depth(a) - depth(b));
  return config ? files.filter((file) => folderOf(file) === folderOf(config)) : files;
}
