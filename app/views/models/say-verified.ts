import type { Verified } from "../../state/library-state";
import type { Words } from "../../words/words";

/** How verifying a model ended, in a sentence. */
export function sayVerified({ t, format }: Words, { pieces, repaired }: Verified): string {
  const all = format.count(pieces);
  if (repaired === 0) return t("work.verified", { pieces: all });
  return t("work.repaired", { count: repaired, formatted: format.count(repaired), pieces: all });
}
