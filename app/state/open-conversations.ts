import { createConversationStore } from "../conversations/store";
import { followAddress } from "./address";
import { type Conversations, createConversations } from "./conversations";
import { Recorder } from "./recorder";
import type { Session } from "./session";

/** What a tab tells the others: that what is listed has changed, or that a reply in this conversation has ended. */
interface News {
  readonly ended?: string;
}

/** The conversations of this browser: keeps what the session says, follows the page's address, and hears of other tabs. */
export function openConversations(page: Window, session: Session): Conversations {
  const stored = createConversationStore();
  const tabs = new BroadcastChannel("longhand-conversations");
  const tellTabs = (news: News = {}) => tabs.postMessage(news);
  const recorder = new Recorder(session.store, stored, {
    onKept() {
      tellTabs();
      void conversations.refresh();
    },
    onEnded(ended) {
      tellTabs({ ended });
      void conversations.catchUp(ended);
    },
    onFault: (error) => conversations.report(error),
  });
  const conversations = createConversations(stored, session, {
    ...{ newId: () => crypto.randomUUID(), now: () => Date.now() },
    ...{ recorder, tellTabs: () => tellTabs() },
  });
  tabs.onmessage = ({ data: { ended } }: MessageEvent<News>) => {
    if (ended === undefined) void conversations.refresh();
    else void conversations.reread(ended);
  };
  page.addEventListener("pagehide", () => recorder.flush());
  page.document.addEventListener("visibilitychange", () => page.document.hidden && recorder.flush());
  followAddress(page, session, conversations);
  void conversations.refresh();
  return conversations;
}
