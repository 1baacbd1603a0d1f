import { createContext, use } from "react";
import { useStore } from "zustand";
import type { Conversations } from "../state/conversations";
import type { ConversationsState } from "../state/conversations-state";

const ConversationsContext = createContext<Conversations | null>(null);

/** Gives the views below it the stored conversations. */
export const ConversationsProvider = ConversationsContext.Provider;

/** @throws Error outside a ConversationsProvider. */
export function useConversations(): Conversations {
  const conversations = use(ConversationsContext);
  if (!conversations) throw new Error("No conversations are provided.");
  return conversations;
}

/** A part of what is known of the conversations; the view is drawn anew when that part changes. */
export const useConversationsState = <T>(select: (state: ConversationsState) => T): T =>
  useStore(useConversations().store, select);
