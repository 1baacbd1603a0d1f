import { useMemo, useRef, useState } from "react";
import { moveFocus } from "../../components/menu";
import { groupByDay } from "../../conversations/days";
import { listed } from "../../state/conversations-state";
import { useWords } from "../../words/words-context";
import { useConversationsState } from "../conversations-context";
import { useSessionState } from "../session-context";
import { ConversationRow } from "./conversation-row";

/** All conversations, or those that were searched for, by the day on which something was last said in them. */
export function ConversationList({ onOpen }: { onOpen: () => void }) {
  const { t } = useWords();
  const state = useConversationsState((known) => known);
  const current = useSessionState(({ conversation }) => conversation.id);
  const [focused, setFocused] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const conversations = useMemo(() => listed(state), [state]);
  if (state.list === null) return null;
  if (conversations.length === 0)
    return (
      <p className="px-3 py-2 text-sm text-muted">{t(`conversations.${state.query.trim() ? "noneFound" : "none"}`)}</p>
    );
  const isThere = (id: string) => conversations.some((one) => one.id === id);
  const inTabOrder = [focused, current].find(isThere) ?? conversations[0]?.id;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys go through the links that are in it.
    <div
      ref={list}
      className="sidebar-list"
      onKeyDown={(event) => moveFocus(event, [...(list.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])])}
    >
      {groupByDay(conversations, ({ updatedAt }) => updatedAt, Date.now()).map(({ day, values }) => (
        <section key={day} aria-label={t(`conversations.${day}`)}>
          <h3 className="sidebar-day">{t(`conversations.${day}`)}</h3>
          <ul>
            {values.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                isCurrent={conversation.id === current}
                isInTabOrder={conversation.id === inTabOrder}
                onFocus={setFocused}
                onOpen={onOpen}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
