import type { Manifest } from "../weights/format";
import { huggingFace } from "../weights/hugging-face";
import { refetchFrom, remakeFrom } from "../weights/repair";
import type { ModelStore } from "../weights/store";
import type { PieceReader } from "../weights/stored-model";

/**
 * What brings a damaged piece back from where the model came from; undefined when that cannot be asked again (files
 * that were picked, a private repository whose token is not kept fails when it is asked).
 *
 * @throws StorageError; AddressError.
 */
export async function repairFromOrigin(
  store: ModelStore,
  model: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<PieceReader | undefined> {
  const origin = await store.origin(model);
  if (origin?.kind === "folder") return refetchFrom({ baseUrl: origin.baseUrl, store, model, signal });
  if (origin?.kind !== "hugging-face") return undefined;
  const { versions } = origin;
  return remakeFrom({ source: huggingFace(origin), manifest, versions, store, model, signal });
}
