import type { HuggingFaceSource, Source } from "./protocol";

/** The model that the page brings with it, by its stored name. It needs no source. */
export const SHIPPED_MODEL = "tiny";

/** The model that Longhand is built for, by its stored name. */
export const LARGE_MODEL = "phi-4-mini-flash-reasoning";

/** Where it is published. */
export const PUBLISHED_SOURCE: HuggingFaceSource = {
  kind: "hugging-face",
  baseUrl: "https://huggingface.co",
  repository: "microsoft/Phi-4-mini-flash-reasoning",
  revision: "main",
};

/** The name under which a model from this source is stored: the last part of its address. */
export function modelIdOf(source: Source): string {
  const words = slug(lastPartOf(source));
  return words === "" || words === SHIPPED_MODEL ? `imported-${words || "model"}` : words;
}

function lastPartOf(source: Source): string {
  if (source.kind === "hugging-face") return source.repository.split("/").at(-1) ?? "";
  if (source.kind === "folder")
    return (
      source.baseUrl
        .replace(/[?#].*$/, "")
        .split("/")
        .filter(Boolean)
        .at(-1) ?? ""
    );
  return source.files[0]?.webkitRelativePath.split("/").at(-2) ?? "";
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^-+|-+$/g, "");

/**
 * The files of a picked folder that lie in it, not in folders below; of single files, all of them. The paths do not
 * travel to a worker.
 */
export function outermostFiles(files: readonly File[]): File[] {
  const depth = ({ webkitRelativePath }: File): number => webkitRelativePath.split("/").length;
  const least = Math.min(...files.map(depth));
  return files.filter((file) => depth(file) === least);
}
