import type { FileVersion, FileVersions } from "./checkpoint";
import { UpstreamChangedError } from "./source-errors";

/**
 * Compares the files that both know.
 *
 * @throws UpstreamChangedError naming the first that differs.
 */
export function assertUnchanged(before: FileVersions, now: FileVersions): void {
  for (const [file, version] of Object.entries(before)) {
    const found = now[file];
    if (found) assertSameVersion(file, version, found);
  }
}

/** @throws UpstreamChangedError when the sizes differ, or the tags where both have one. */
export function assertSameVersion(file: string, before: FileVersion, now: FileVersion): void {
  const explain = (what: string) =>
    new UpstreamChangedError(
      `${file} was changed since this import began (${what}), and parts of two versions do not make a model. ` +
        "Start over to import the new version.",
    );
  if (before.bytes !== now.bytes) throw explain(`it had ${before.bytes} bytes and has ${now.bytes}`);
  if (before.tag !== undefined && now.tag !== undefined && before.tag !== now.tag)
    throw explain("the same size, but another version tag");
}
