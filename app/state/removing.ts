import type { StoreApi } from "zustand/vanilla";
import type { ConversationStore } from "../conversations/store";
import type { ConversationsState } from "./conversations-state";
import type { Recorder } from "./recorder";
import type { Session } from "./session";

/** How long deleting can be undone. */
export const UNDO_MS = 8_000;

export interface Removing {
  /** It is gone from the list at once, and for good when it can no longer be undone. */
  remove(id: string): Promise<void>;
  undoRemove(): Promise<void>;
}

interface Neighbours {
  readonly stored: ConversationStore;
  readonly session: Session;
  readonly recorder: Pick<Recorder, "hold" | "release" | "forget">;
  readonly change: (work: Promise<unknown>) => Promise<boolean>;
  readonly open: (id: string) => Promise<void>;
  readonly now: () => number;
}

/** Also deletes for good what an earlier visit could not, and, whenever a model is ready, what its engine still keeps of conversations deleted before. */
export function createRemoving(
  { getState: get, setState: set }: StoreApi<ConversationsState>,
  { stored, session, recorder, change, open, now }: Neighbours,
): Removing {
  const purge = async () => {
    const ids = await stored.purge(now() - UNDO_MS);
    for (const id of ids) recorder.forget(id);
    await Promise.all(ids.filter((id) => session.forget(id)).map((id) => stored.settle(id)));
  };
  // What cannot be deleted now is deleted at the next visit.
  const tryToPurge = () => void purge().catch((error: unknown) => console.info("Conversations:", error));
  let timer: ReturnType<typeof setTimeout> | undefined;
  tryToPurge();
  session.store.subscribe(({ engine }, before) => {
    if (engine.status === "ready" && before.engine.status !== "ready") tryToPurge();
  });

  return {
    async remove(id) {
      const title = get().list?.find((one) => one.id === id)?.title ?? "";
      const wasOpen = session.store.getState().conversation.id === id;
      recorder.hold(id);
      if (wasOpen) session.startOver();
      set({ deleted: { id, title, wasOpen } });
      if (!(await change(stored.remove(id, now())))) {
        recorder.release(id);
        set(({ deleted }) => ({ deleted: deleted?.id === id ? null : deleted }));
        return;
      }
      // What was deleted before that goes with it.
      clearTimeout(timer);
      timer = setTimeout(() => {
        set({ deleted: null });
        tryToPurge();
      }, UNDO_MS);
    },
    async undoRemove() {
      const { deleted } = get();
      if (!deleted) return;
      set({ deleted: null });
      if (await change(stored.restore(deleted.id))) recorder.release(deleted.id);
      if (deleted.wasOpen && session.store.getState().turns.length === 0) await open(deleted.id);
    },
  };
}
