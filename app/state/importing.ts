import type { StoreApi } from "zustand/vanilla";
import type { WholeConversation } from "../conversations/conversation";
import type { ConversationStore } from "../conversations/store";
import type { ConversationsState } from "./conversations-state";

/** How long it is said that something was imported. */
export const SAID_MS = 8_000;

export interface Importing {
  /** Takes the conversations of a file, and says how many there were, or why none was taken. @returns how many have come. */
  importFile(file: Pick<File, "size" | "text">): Promise<number>;
}

interface Neighbours {
  readonly stored: Pick<ConversationStore, "add">;
  readonly change: (work: Promise<unknown>) => Promise<boolean>;
  readonly report: (error: unknown) => void;
  readonly newId: () => string;
}

export function createImporting(
  { setState: set }: StoreApi<ConversationsState>,
  { stored, change, report, newId }: Neighbours,
): Importing {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    async importFile(file) {
      const imported = await read(file, newId).catch(report);
      if (!imported || !(await change(Promise.all(imported.map((one) => stored.add(one)))))) return 0;
      clearTimeout(timer);
      set({ imported: imported.length });
      timer = setTimeout(() => set({ imported: null }), SAID_MS);
      return imported.length;
    },
  };
}

/** What reads a file could not be loaded. */
class MissingScriptError extends Error {
  override readonly name = "MissingScriptError";
}

/** By a script of its own: few visits need it. @throws MissingScriptError, ConversationFileError. */
async function read(file: Pick<File, "size" | "text">, newId: () => string): Promise<WholeConversation[]> {
  const { importFrom } = await import("../conversations/import-file").catch((cause: unknown) => {
    throw new MissingScriptError(String(cause), { cause });
  });
  return importFrom(file, newId);
}
