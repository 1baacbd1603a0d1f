import { elementCount } from "@gpu/shape";
import { Entries } from "./entries";
import { ManifestError } from "./errors";
import {
  FORMAT_VERSION,
  MANIFEST_FILE,
  type Manifest,
  MODEL_FILES,
  type Piece,
  type Quantization,
  sumBytes,
} from "./format";
import { layOut, layoutBytes } from "./layout";
import { type StoredFormat, type StoredTensor, storedSize } from "./stored-tensor";

const MIB = 2 ** 20;

/** Above what any model needs; a manifest beyond these is hostile or broken. Chunks and files are held in memory whole. */
const MOST = { files: 16, chunks: 100_000, tensors: 10_000, axes: 4, chunkBytes: 64 * MIB, fileBytes: 64 * MIB };

const MATRIX_FORMATS = ["int4", "f16"] as const;
const FORMATS: readonly StoredFormat[] = ["int4", "f16", "f32"];

/**
 * Checks a manifest from the network entry by entry and returns exactly what the format defines, no more.
 *
 * @throws ManifestError naming the entry: another version, a missing or wrong value, a file name with folders, a
 * malformed hash, a duplicate, or chunks of other sizes than the tensors need.
 */
export function parseManifest(json: unknown): Manifest {
  const entries = new Entries(MANIFEST_FILE, json);
  const version = entries.whole("version", 0);
  if (version !== FORMAT_VERSION)
    throw new ManifestError(`${MANIFEST_FILE} has format version ${version}; this page reads ${FORMAT_VERSION}.`);
  const chunkBytes = entries.whole("chunkBytes", 4, MOST.chunkBytes);
  const files = pieces(entries, "files", MOST.files, MOST.fileBytes);
  const chunks = pieces(entries, "chunks", MOST.chunks, chunkBytes);
  const tensors = parseTensors(entries);
  assertFiles(files);
  assertDistinct(
    "name",
    [...files, ...chunks].map(({ name }) => name),
  );
  assertChunks(chunks, tensors, chunkBytes);
  new Entries(entries.at("config"), entries.value("config"));
  return {
    version,
    name: entries.text("name"),
    description: entries.text("description"),
    parameters: entries.whole("parameters", 1),
    origin: entries.text("origin"),
    licence: entries.text("licence"),
    quantization: parseQuantization(entries),
    config: entries.value("config") as Record<string, unknown>,
    files,
    chunkBytes,
    chunks,
    tensors,
  };
}

function parseQuantization(entries: Entries): Quantization {
  const quantization = new Entries(entries.at("quantization"), entries.value("quantization"));
  return {
    matrices: quantization.oneOf("matrices", MATRIX_FORMATS),
    embedding: quantization.oneOf("embedding", MATRIX_FORMATS),
    method: quantization.text("method"),
  };
}

function pieces(entries: Entries, key: string, most: number, mostBytes: number): Piece[] {
  return entries.list(key, most).map((json, index) => {
    const piece = new Entries(`${entries.at(key)}[${index}]`, json);
    const name = piece.text("name");
    // A name becomes part of an address: no folders, no "..", no other host.
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(name)) throw piece.wrong("name", "a plain file name");
    const hash = piece.text("sha256");
    if (!/^[0-9a-f]{64}$/.test(hash)) throw piece.wrong("sha256", "64 lower-case hexadecimal digits");
    return { name, bytes: piece.whole("bytes", 1, mostBytes), sha256: hash };
  });
}

function assertFiles(files: readonly Piece[]): void {
  const missing = MODEL_FILES.find((name) => !files.some((file) => file.name === name));
  if (missing) throw new ManifestError(`${MANIFEST_FILE}.files lacks ${missing}.`);
}

/** The chunks must have the sizes to which the layout leads: nothing missing, nothing left over. */
function assertChunks(chunks: readonly Piece[], tensors: readonly StoredTensor[], chunkBytes: number): void {
  const where = `${MANIFEST_FILE}.chunks`;
  if (chunks.length === 0) throw new ManifestError(`${where} is empty.`);
  // Compared before the layout, whose length this bounds.
  const tensorBytes = tensors.reduce((sum, tensor) => sum + sumParts(tensor), 0);
  if (tensorBytes !== sumBytes(chunks))
    throw new ManifestError(`${where} hold ${sumBytes(chunks)} bytes, but the tensors have ${tensorBytes}.`);
  const layout = layOutChecked(tensors, chunkBytes);
  if (layout.length !== chunks.length)
    throw new ManifestError(`${where} are ${chunks.length}, but the tensors fill ${layout.length}.`);
  for (const [index, { bytes }] of chunks.entries()) {
    const expected = layoutBytes(layout[index] ?? []);
    if (bytes !== expected) throw new ManifestError(`${where}[${index}].bytes is ${bytes}, expected ${expected}.`);
  }
}

function layOutChecked(tensors: readonly StoredTensor[], chunkBytes: number) {
  try {
    return layOut(tensors, chunkBytes);
  } catch (cause) {
    throw new ManifestError(`${MANIFEST_FILE}.chunkBytes is ${chunkBytes}: ${(cause as Error).message}.`, { cause });
  }
}

function sumParts(tensor: StoredTensor): number {
  const { values, scales } = storedSize(tensor);
  return values + scales;
}

function parseTensors(entries: Entries): StoredTensor[] {
  const tensors = entries.list("tensors", MOST.tensors).map((json, index) => {
    return parseTensor(new Entries(`${entries.at("tensors")}[${index}]`, json));
  });
  assertDistinct(
    "tensor",
    tensors.map(({ name }) => name),
  );
  return tensors;
}

function parseTensor(entries: Entries): StoredTensor {
  const format = entries.oneOf("format", FORMATS);
  const tensor = { name: entries.text("name"), shape: parseShape(entries), format };
  assertStorable(entries, tensor);
  return tensor;
}

function parseShape(entries: Entries): number[] {
  const shape = entries.list("shape", MOST.axes);
  const isShape = shape.length > 0 && shape.every((size) => Number.isSafeInteger(size) && (size as number) > 0);
  // 2 ** 40 elements are far beyond any model and still exact in every product that follows.
  if (!isShape || elementCount(shape as number[]) > 2 ** 40) throw entries.wrong("shape", "one to four sizes");
  return [...(shape as number[])];
}

function assertStorable(entries: Entries, tensor: StoredTensor): void {
  try {
    storedSize(tensor);
  } catch (cause) {
    throw new ManifestError(`${entries.where}: ${(cause as Error).message}.`, { cause });
  }
}

function assertDistinct(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new ManifestError(`${MANIFEST_FILE}: the ${what} ${name} occurs twice.`);
    seen.add(name);
  }
}
