/** Of the published model: 20 snapshots, or two conversations of 32,768 tokens with six each. */
const MOST_BYTES = 512 * 2 ** 20;
/** Of smaller models: as many snapshots, beside the rows of a whole context. */
const MOST_SNAPSHOTS = 24;

/**
 * GPU memory, in bytes, that checkpoints may take where the device gives it.
 *
 * @param snapshotBytes of all of a state but its full cache, after a whole context.
 * @param rowsBytes of the full cache's rows, a whole context of them.
 */
export const checkpointBudget = (snapshotBytes: number, rowsBytes: number): number =>
  Math.min(MOST_BYTES, MOST_SNAPSHOTS * snapshotBytes + rowsBytes);
