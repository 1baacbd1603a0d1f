import { X } from "lucide-react";
import { Button } from "../../components/button";
import { IconButton } from "../../components/icon-button";
import { useWords } from "../../words/words-context";
import { useConversations, useConversationsState } from "../conversations-context";

/** What was deleted and can be brought back, and what could not be done. */
export function ConversationNews() {
  const { t, format } = useWords();
  const conversations = useConversations();
  const deleted = useConversationsState((state) => state.deleted);
  const imported = useConversationsState((state) => state.imported);
  const fault = useConversationsState((state) => state.fault);
  return (
    <div className="news">
      {fault && (
        <div role="alert" className="news-item news-fault">
          <p className="grow">
            {t(`conversations.${fault.kind}`)}{" "}
            <span lang="en" className="text-xs break-words">
              {fault.detail}
            </span>
          </p>
          <IconButton label={t("close")} onClick={conversations.dismissFault}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </div>
      )}
      <div role="status">
        {imported !== null && (
          <p className="news-item py-2.5">
            {t("conversations.imported", { count: imported, formatted: format.count(imported) })}
          </p>
        )}
        {deleted && (
          <div className="news-item">
            <p className="min-w-0 grow truncate">{t("conversations.deleted", { title: deleted.title })}</p>
            <Button onClick={() => void conversations.undoRemove()}>{t("conversations.undo")}</Button>
          </div>
        )}
      </div>
    </div>
  );
}
