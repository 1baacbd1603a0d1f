import { createConversationStore } from "../conversations/store";
import { followAddress } from "./address";
import { type Conversations, createConversations } from "./conversations";
import { Recorder } from "./recorder";
import type { Session } from "./session";

/** The conversations of this browser: keeps what the session says, follows the page's address, and hears of other tabs. */
export function openConversations(page: Window, session: Session): Conversations {
  const stored = createConversationStore();
  const tabs = new BroadcastChannel("longhand-conversations");
  const tellTabs = () => tabs.postMessage("changed");
  const conversations = createConversations(stored, session, {
    newId: () => crypto.randomUUID(),
    now: () => Date.now(),
    tellTabs,
  });
  const recorder = new Recorder(session.store, stored, {
    onKept() {
      tellTabs();
      void conversations.refresh();
    },
    onFault: conversations.report,
  });
  tabs.onmessage = () => void conversations.refresh();
  page.addEventListener("pagehide", () => recorder.flush());
  page.document.addEventListener("visibilitychange", () => page.document.hidden && recorder.flush());
  followAddress(page, session, conversations);
  void conversations.refresh();
  return conversations;
}
