import { clsx } from "clsx";
import { Download, FileText, Pencil, Trash2 } from "lucide-react";
import { memo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { EditLine } from "../../components/edit-line";
import { Menu, MenuItem } from "../../components/menu";
import type { Conversation } from "../../conversations/conversation";
import { addressOf } from "../../state/address";
import { useWords } from "../../words/words-context";
import { useConversations } from "../conversations-context";
import { useExport } from "./use-export";

interface ConversationRowProps {
  conversation: Conversation;
  isCurrent: boolean;
  /** The Tab key comes to one row of the list; from there arrows go on. */
  isInTabOrder: boolean;
  onFocus: (id: string) => void;
  /** The conversation was chosen. */
  onOpen: () => void;
}

/** A conversation in the list: its title, a link, and what can be done with it. */
export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { conversation, isCurrent, isInTabOrder, onFocus, onOpen } = props;
  const { id, title } = conversation;
  const { t } = useWords();
  const conversations = useConversations();
  const [isEditing, setIsEditing] = useState(false);
  const link = useRef<HTMLAnchorElement>(null);
  const remove = () => {
    if (link.current) neighbourOf(link.current)?.focus();
    void conversations.remove(id);
  };
  if (isEditing)
    return (
      <li className="row">
        <EditLine
          label={t("conversations.newTitle")}
          text={title}
          onDone={(text) => void conversations.rename(id, text)}
          onEnd={(byKey) => {
            flushSync(() => setIsEditing(false));
            if (byKey) link.current?.focus();
          }}
        />
      </li>
    );
  return (
    <li className={clsx("row", isCurrent && "row-current")} onFocus={() => onFocus(id)}>
      <a
        ref={link}
        href={addressOf(id)}
        className="row-title"
        dir="auto"
        title={title}
        aria-current={isCurrent ? "page" : undefined}
        aria-keyshortcuts="F2 Delete"
        tabIndex={isInTabOrder ? 0 : -1}
        data-row
        onClick={onOpen}
        onKeyDown={(event) => {
          if (event.key === "F2") setIsEditing(true);
          else if (event.key === "Delete") remove();
          else return;
          event.preventDefault();
        }}
      >
        {title}
      </a>
      <RowMenu
        conversation={conversation}
        isInTabOrder={isInTabOrder}
        onRename={() => setIsEditing(true)}
        onRemove={remove}
      />
    </li>
  );
});

/** Where the focus goes when a row goes: to the title below, or above the last one; from the only one to what is above the list. */
function neighbourOf(row: HTMLElement): HTMLElement | null | undefined {
  const list = row.closest("nav");
  const rows = [...(list?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
  const at = rows.indexOf(row);
  return rows[at + 1] ?? rows[at - 1] ?? list?.querySelector("button");
}

interface RowMenuProps {
  conversation: Conversation;
  isInTabOrder: boolean;
  onRename: () => void;
  onRemove: () => void;
}

function RowMenu({ conversation: { id, title }, isInTabOrder, onRename, onRemove }: RowMenuProps) {
  const { t } = useWords();
  const exportAs = useExport();
  return (
    <Menu className="row-menu" label={t("conversations.actions", { title })} isInTabOrder={isInTabOrder}>
      <MenuItem icon={<Pencil aria-hidden className="size-4" />} onChoose={onRename}>
        {t("conversations.rename")}
      </MenuItem>
      <MenuItem icon={<FileText aria-hidden className="size-4" />} onChoose={() => exportAs("markdown", id)}>
        {t("conversations.exportMarkdown")}
      </MenuItem>
      <MenuItem icon={<Download aria-hidden className="size-4" />} onChoose={() => exportAs("json", id)}>
        {t("conversations.exportJson")}
      </MenuItem>
      <MenuItem icon={<Trash2 aria-hidden className="size-4" />} onChoose={onRemove}>
        {t("conversations.delete")}
      </MenuItem>
    </Menu>
  );
}
