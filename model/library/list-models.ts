import { shippedFormat, tensorBytes } from "../cost";
import { tensorPlan } from "../tensor-plan";
import { ManifestError } from "../weights/errors";
import { type Manifest, sumBytes } from "../weights/format";
import { parseManifest } from "../weights/parse-manifest";
import { distinctPieces, type ModelStore } from "../weights/store";
import { storedBytesOf } from "./model-at-hand";
import { PUBLISHED_CONFIG, PUBLISHED_FILE_BYTES, PUBLISHED_MODEL } from "./published-model";

/** A model that is stored, that was begun, or that can be had. */
export interface ModelEntry {
  /** The name under which it is, or would be, stored. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  /** Where it comes from, in words. */
  readonly origin: string;
  readonly status: "absent" | "partial" | "stored";
  /** Bytes of it that are stored. */
  readonly heldBytes: number;
  /** Bytes that it takes when all of it is stored; 0 when that is not known yet. */
  readonly totalBytes: number;
}

/** The model that the page brings with it. */
const TINY = {
  id: "tiny",
  name: "Longhand Tiny",
  description: "A tiny arithmetic model that comes with this page.",
  licence: "MIT",
  origin: "This page",
  totalBytes: 11_600_000,
};

const PUBLISHED = {
  id: PUBLISHED_MODEL.id,
  name: PUBLISHED_MODEL.name,
  description: PUBLISHED_MODEL.description,
  licence: PUBLISHED_MODEL.licence,
  origin: `Hugging Face, ${PUBLISHED_MODEL.repository}`,
  totalBytes:
    PUBLISHED_FILE_BYTES +
    tensorPlan(PUBLISHED_CONFIG).reduce((sum, tensor) => sum + tensorBytes(tensor, shippedFormat(tensor)), 0),
};

/** The two models that can always be had, then whatever else is stored. @throws StorageError. */
export async function listModels(store: ModelStore): Promise<ModelEntry[]> {
  const others = (await store.list()).filter((id) => id !== TINY.id && id !== PUBLISHED.id);
  const known = [TINY, PUBLISHED, ...others.map(unknownModel)];
  return Promise.all(known.map((facts) => entryOf(store, facts)));
}

const unknownModel = (id: string): typeof TINY => ({
  id,
  name: id,
  description: "A model that was begun to be imported into this browser.",
  licence: "As its publisher says",
  origin: "Imported",
  totalBytes: 0,
});

async function entryOf(store: ModelStore, facts: typeof TINY): Promise<ModelEntry> {
  const [manifest, draft, held] = await Promise.all([
    readManifest(store, facts.id),
    store.draft(facts.id),
    store.held(facts.id),
  ]);
  if (manifest) {
    const { name, description, licence, origin } = manifest;
    const pieces = distinctPieces([...manifest.files, ...manifest.chunks]);
    const heldBytes = sumBytes(pieces.filter(({ sha256 }) => held.has(sha256)));
    const isStored = heldBytes === sumBytes(pieces);
    const status = isStored ? "stored" : held.size > 0 ? "partial" : "absent";
    return { id: facts.id, name, description, licence, origin, status, heldBytes, totalBytes: storedBytesOf(manifest) };
  }
  const begun = draft ? [...draft.files, ...Object.values(draft.chunks)] : [];
  return { ...facts, status: begun.length > 0 ? "partial" : "absent", heldBytes: sumBytes(begun) };
}

/** Undefined when there is none, or one of another version of this page. */
async function readManifest(store: ModelStore, model: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await store.manifest(model));
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}
