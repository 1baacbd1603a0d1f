import { vi } from "vitest";
import type { Conversation, StoredTurn } from "../../conversations/conversation";
import { Recorder } from "../recorder";
import { openedSession } from "./opened-session";

/** A page whose store notes what it is given, and refuses that while `isRefusing`. */
export function recorded() {
  const page = openedSession();
  const writes: string[] = [];
  const kept = new Map<string, StoredTurn>();
  const faults: unknown[] = [];
  const ended: string[] = [];
  const store = { isRefusing: false, conversations: new Set<string>() };
  const refuse = async () => {
    if (store.isRefusing) throw new DOMException("no room", "QuotaExceededError");
  };
  const recorder = new Recorder(
    page.session.store,
    {
      async keepTurns(conversation: string, turns: readonly StoredTurn[]) {
        await refuse();
        if (!store.conversations.has(conversation)) return false;
        for (const turn of turns) kept.set(turn.id, turn);
        writes.push(`${conversation}: ${turns.map(({ id, reply }) => `${id} "${reply.reasoning}${reply.answer}"`)}`);
        return true;
      },
      async keep({ id }: Conversation, change: Partial<Conversation>) {
        await refuse();
        writes.push(`${id}: ${Object.keys(change)}`);
        const wasThere = store.conversations.has(id);
        store.conversations.add(id);
        return wasThere;
      },
    },
    {
      onKept: (id) => writes.push(`kept ${id}`),
      onEnded: (id) => ended.push(id),
      onFault: (error) => faults.push(error),
    },
  );
  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  return { ...page, recorder, store, kept, faults, ended, settle, written: () => writes.splice(0) };
}
