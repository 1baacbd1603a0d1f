import type { Examination } from "../../library/protocol";
import type { Words } from "../../words/words";

/** What an examination means for the person. */
export interface Verdict {
  /** "no": getting the model would be for nothing. "slow": it runs, at a speed that nobody likes. */
  readonly answer: "yes" | "slow" | "no";
  /** With the numbers. */
  readonly sentences: readonly string[];
}

/** Whether this device can store and hold a model. */
export function verdictOf(examination: Examination, words: Words): Verdict {
  const { t, format } = words;
  const obstacles = obstaclesOf(examination, words);
  if (obstacles.length > 0) return { answer: "no", sentences: obstacles };
  const { contextLength, wantedContextLength } = examination.device;
  const lengths = { tokens: format.tokens(contextLength), wanted: format.count(wantedContextLength) };
  const cut = contextLength < wantedContextLength ? [t("cost.shorterContext", lengths)] : [];
  if (examination.isSoftwareAdapter) return { answer: "slow", sentences: [t("cost.noGraphicsCard"), ...cut] };
  return { answer: "yes", sentences: [t("cost.fits"), ...cut] };
}

function obstaclesOf(examination: Examination, { t, format }: Words): string[] {
  const { device, isEnoughMemory, allocatedBytes, storedBytes, freeBytes } = examination;
  const obstacles: string[] = [];
  if (device.problems.length > 0) obstacles.push(t("cost.fitsNot"), ...device.problems);
  else if (!isEnoughMemory) {
    const [allocated, total] = [format.bytes(allocatedBytes), format.bytes(device.need.totalBytes)];
    obstacles.push(t("cost.tooLittleMemory", { allocated, total }));
  }
  if (freeBytes !== undefined && freeBytes < storedBytes)
    obstacles.push(t("cost.tooLittleRoom", { size: format.bytes(storedBytes), free: format.bytes(freeBytes) }));
  return obstacles;
}
