import type { Checkpoint, FileSpan } from "./checkpoint";
import type { ChunkLayout, Slab } from "./layout";
import { rowsOf } from "./stored-tensor";

/** Whole rows of a slab: what is encoded at once. */
export interface Run {
  readonly slab: Slab;
  /** In the slab. */
  readonly firstRow: number;
  readonly rows: number;
  /** Of the source, in the read. */
  readonly begin: number;
  readonly end: number;
}

/** What is asked for at once: rows for one chunk that lie next to each other in a file, of one tensor or of several. */
export interface Read {
  /** In the layout. */
  readonly index: number;
  readonly span: FileSpan;
  readonly runs: readonly Run[];
  readonly isLastOfChunk: boolean;
}

/** The most that is read at once, unless one row has more. Three such reads bring the bf16 of 8 MiB in 4 bits. */
const READ_BYTES = 10 * 2 ** 20;

/** The most that is encoded at once, unless one row has more: 8 MiB of f32. */
export const RUN_ELEMENTS = 2 ** 21;

/**
 * The reads that bring what these chunks are made of, chunk by chunk. Within a chunk they go by place in the files, so
 * that small neighbours come together, whatever the order in which the model lists its tensors. Nothing but the
 * chunk's own rows is read: any chunk can be made, or made again, alone.
 *
 * @throws CheckpointError for a tensor that the checkpoint lacks.
 */
export function* planReads(
  checkpoint: Checkpoint,
  layout: readonly ChunkLayout[],
  indices: Iterable<number>,
): Generator<Read, void, void> {
  for (const index of indices) {
    const reads = readsOf(checkpoint, layout[index] ?? []);
    yield* reads.map((read, i) => ({ ...read, index, isLastOfChunk: i === reads.length - 1 }));
  }
}

/** A read that may still grow. */
interface OpenRead {
  readonly span: { readonly file: string; readonly begin: number; end: number };
  readonly runs: Run[];
}

function readsOf(checkpoint: Checkpoint, slabs: ChunkLayout): OpenRead[] {
  const placed = slabs.map((slab) => ({ slab, span: spanOf(checkpoint, slab) }));
  placed.sort((a, b) =>
    a.span.file === b.span.file ? a.span.begin - b.span.begin : a.span.file < b.span.file ? -1 : 1,
  );
  const reads: OpenRead[] = [];
  for (const { slab, span } of placed) addSlab(reads, slab, span);
  return reads;
}

/** Fills the last read as far as it goes, then others. */
function addSlab(reads: OpenRead[], slab: Slab, { file, begin, end }: FileSpan): void {
  const rowBytes = (end - begin) / slab.rows;
  const mostRows = Math.max(1, Math.floor(RUN_ELEMENTS / rowsOf(slab.tensor).rowElements));
  let read = reads.at(-1);
  if (read?.span.file !== file || read.span.end !== begin) read = undefined;
  for (let firstRow = 0; firstRow < slab.rows; ) {
    if (!read || roomIn(read) < rowBytes) {
      const place = begin + firstRow * rowBytes;
      read = { span: { file, begin: place, end: place }, runs: [] };
      reads.push(read);
    }
    const fitting = Math.max(1, Math.floor(roomIn(read) / rowBytes));
    const rows = Math.min(fitting, mostRows, slab.rows - firstRow);
    const inRead = lengthOf(read);
    read.runs.push({ slab, firstRow, rows, begin: inRead, end: inRead + rows * rowBytes });
    read.span.end += rows * rowBytes;
    firstRow += rows;
  }
}

const lengthOf = ({ span }: OpenRead): number => span.end - span.begin;
const roomIn = (read: OpenRead): number => READ_BYTES - lengthOf(read);

function spanOf(checkpoint: Checkpoint, { tensor, firstRow, rows }: Slab): FileSpan {
  const { rowElements } = rowsOf(tensor);
  return checkpoint.span(tensor.name, firstRow * rowElements, rows * rowElements);
}
