import { formatBytes, formatCount } from "../../components/format";
import type { Examination } from "../../library/protocol";

/** What an examination means for the person. */
export interface Verdict {
  /** "no": getting the model would be for nothing. "slow": it runs, at a speed that nobody likes. */
  readonly answer: "yes" | "slow" | "no";
  /** With the numbers. */
  readonly sentences: readonly string[];
}

/** Whether this device can store and hold a model. */
export function verdictOf(examination: Examination): Verdict {
  const obstacles = obstaclesOf(examination);
  if (obstacles.length > 0) return { answer: "no", sentences: obstacles };
  const { contextLength, wantedContextLength } = examination.device;
  const cut =
    contextLength < wantedContextLength
      ? [`It holds ${formatCount(contextLength)} tokens of context instead of ${formatCount(wantedContextLength)}.`]
      : [];
  if (examination.isSoftwareAdapter)
    return {
      answer: "slow",
      sentences: [
        "There is no graphics card to compute on: it would run, but take many seconds for each token.",
        ...cut,
      ],
    };
  return { answer: "yes", sentences: ["This device can hold it.", ...cut] };
}

function obstaclesOf({ device, isEnoughMemory, allocatedBytes, storedBytes, freeBytes }: Examination): string[] {
  const obstacles: string[] = [];
  if (device.problems.length > 0) obstacles.push("This device cannot hold it.", ...device.problems);
  else if (!isEnoughMemory) {
    const had = `it gave ${formatBytes(allocatedBytes)} of the ${formatBytes(device.need.totalBytes)} that are needed`;
    obstacles.push(`This device cannot hold it: asked for graphics memory, ${had}.`);
  }
  if (freeBytes !== undefined && freeBytes < storedBytes)
    obstacles.push(
      `There is not enough room: it takes ${formatBytes(storedBytes)}, and this browser has ${formatBytes(freeBytes)} left.`,
    );
  return obstacles;
}
