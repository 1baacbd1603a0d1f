import type { Failure } from "../engine/protocol";
import type { Notice } from "../state/session-state";
import type { Words } from "../words/words";

/** A failure as a person reads it, and what is folded away for a bug report. */
interface Said {
  readonly message: string;
  readonly detail: string | undefined;
}

/** The engine speaks English. In another language its sentence moves to the details, numbers and file names with it. */
export function sayFailure({ failures }: Words, { name, message, detail }: Failure): Said {
  const translated = failures[name];
  const lines = [translated && message, detail].filter(Boolean);
  return { message: translated ?? message, detail: lines.length > 0 ? `${name}: ${lines.join("\n")}` : undefined };
}

/** What has happened to the model, in one line. */
export function sayNotice(words: Words, { failure, isOver }: Notice): string {
  const because = sayFailure(words, failure).message;
  return isOver ? words.t("conversation.loadedAgain", { because }) : because;
}
