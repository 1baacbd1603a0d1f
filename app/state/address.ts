import type { Conversations } from "./conversations";
import type { Session } from "./session";

/** What a browser's window offers and is used of it. */
export interface Place {
  readonly location: Pick<Location, "hash">;
  readonly history: Pick<History, "pushState" | "replaceState">;
  addEventListener(kind: "popstate", listener: () => void): void;
}

const CONVERSATION = /^#\/c\/([\w-]+)$/;

/** The address of a conversation within the page. */
export const addressOf = (conversation: string): string => `#/c/${conversation}`;

/**
 * Keeps the page's address and the conversation that is open the same, so that reloading, links, Back and Forward work. A new
 * conversation has an address of its own when something has been said in it.
 */
export function followAddress(place: Place, session: Session, conversations: Pick<Conversations, "open">): void {
  const addressed = () => CONVERSATION.exec(place.location.hash)?.[1];
  const shown = () => {
    const { conversation, turns } = session.store.getState();
    return turns.length > 0 ? conversation.id : undefined;
  };
  /** The conversation that was at this place of the browser's history. */
  let here = addressed();

  place.addEventListener("popstate", () => {
    here = addressed();
    if (here === shown()) return;
    if (here === undefined) session.startOver();
    else void conversations.open(here);
  });
  session.store.subscribe(({ isFetching, isMissing }) => {
    const id = shown();
    if (isFetching || id === here) return;
    // A conversation takes the place of the empty page on which it began; Back leads to nothing that is not there.
    const change = here === undefined || isMissing ? "replaceState" : "pushState";
    here = id;
    place.history[change](null, "", id === undefined ? "#/" : addressOf(id));
  });
  if (here !== undefined) void conversations.open(here);
}
