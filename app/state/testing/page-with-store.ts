import { createConversationStore } from "../../conversations/store";
import { createConversations } from "../conversations";
import { listed } from "../conversations-state";
import { Recorder } from "../recorder";
import { openedSession } from "./opened-session";

let databases = 0;

/** A page, with a database of its own unless it is told of another. */
export function pageWithStore(stored = createConversationStore(`test-${++databases}`)) {
  const opened = openedSession();
  const { session } = opened;
  const told: string[] = [];
  const newId = () => crypto.randomUUID();
  const recorder = new Recorder(session.store, stored, {
    onKept: () => void conversations.refresh(),
    onEnded: (id) => void conversations.catchUp(id),
    onFault: (error) => conversations.report(error),
  });
  const conversations = createConversations(stored, session, {
    ...{ newId, now: () => Date.now(), recorder, tellTabs: () => told.push("changed") },
  });
  const known = () => conversations.store.getState();
  return { ...opened, stored, conversations, told, known, titles: () => listed(known()).map(({ title }) => title) };
}
