import { createContext, use } from "react";
import { useStore } from "zustand";
import type { Session } from "../state/session";
import type { SessionState } from "../state/session-state";

const SessionContext = createContext<Session | null>(null);

/** Gives the views below it their session. */
export const SessionProvider = SessionContext.Provider;

/** The session's actions. @throws Error outside a SessionProvider. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("No session is provided.");
  return session;
}

/** A part of the session's state; the view is drawn anew when that part changes. */
export const useSessionState = <T>(select: (state: SessionState) => T): T => useStore(useSession().store, select);
