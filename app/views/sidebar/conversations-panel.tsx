import { Download, FileText, Upload, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { IconButton } from "../../components/icon-button";
import { Menu, MenuItem } from "../../components/menu";
import { useWords } from "../../words/words-context";
import { useConversations, useConversationsState } from "../conversations-context";
import type { Search } from "../use-sidebar";
import { ConversationList } from "./conversation-list";
import { useExport } from "./use-export";

interface ConversationsPanelProps {
  /** The search field takes the focus when this comes. */
  search: Search | null;
  onOpen: () => void;
  /** Where it lies over the page and can be closed. */
  onClose?: () => void;
}

/** The conversations of this browser: found, opened, renamed, exported, imported, deleted. */
export function ConversationsPanel({ search, onOpen, onClose }: ConversationsPanelProps) {
  const { t } = useWords();
  const conversations = useConversations();
  const query = useConversationsState((state) => state.query);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (search) field.current?.focus();
  }, [search]);
  return (
    <nav className="sidebar-panel" aria-label={t("conversations.title")}>
      <div className="flex items-center justify-between ps-3">
        <h2 className="sidebar-title">{t("conversations.title")}</h2>
        <div className="flex">
          <AllMenu />
          {onClose && (
            <IconButton label={t("close")} onClick={onClose}>
              <X aria-hidden className="size-4" />
            </IconButton>
          )}
        </div>
      </div>
      <input
        ref={field}
        type="search"
        className="field sidebar-search"
        aria-label={t("conversations.search")}
        placeholder={t("conversations.search")}
        value={query}
        dir="auto"
        onChange={(event) => void conversations.search(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || query === "") return;
          event.preventDefault();
          event.stopPropagation();
          void conversations.search("");
        }}
      />
      <ConversationList onOpen={onOpen} />
    </nav>
  );
}

/** What can be done with all of them. */
function AllMenu() {
  const { t } = useWords();
  const conversations = useConversations();
  const exportAs = useExport();
  const picker = useRef<HTMLInputElement>(null);
  const hasAny = useConversationsState(({ list }) => (list?.length ?? 0) > 0);
  return (
    <>
      <Menu label={t("conversations.allActions")}>
        <MenuItem icon={<Upload aria-hidden className="size-4" />} onChoose={() => picker.current?.click()}>
          {t("conversations.import")}
        </MenuItem>
        {hasAny && (
          <>
            <MenuItem icon={<FileText aria-hidden className="size-4" />} onChoose={() => exportAs("markdown")}>
              {t("conversations.exportAllMarkdown")}
            </MenuItem>
            <MenuItem icon={<Download aria-hidden className="size-4" />} onChoose={() => exportAs("json")}>
              {t("conversations.exportAllJson")}
            </MenuItem>
          </>
        )}
      </Menu>
      <input
        ref={picker}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label={t("conversations.import")}
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) void conversations.importFile(file);
          target.value = "";
        }}
      />
    </>
  );
}
