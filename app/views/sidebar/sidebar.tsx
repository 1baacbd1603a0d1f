import { useModal } from "../../components/use-modal";
import { useWords } from "../../words/words-context";
import type { Search } from "../use-sidebar";
import { ConversationNews } from "./conversation-news";
import { ConversationsPanel } from "./conversations-panel";

interface SidebarProps {
  /** Beside the page, or over it. */
  isBeside: boolean;
  search: Search | null;
  onClose: () => void;
}

/** Where the conversations are listed: at the side of a wide page, over a narrow one for as long as it is drawn. */
export function Sidebar({ isBeside, search, onClose }: SidebarProps) {
  if (!isBeside) return <Drawer search={search} onClose={onClose} />;
  return (
    <aside className="sidebar">
      <ConversationsPanel search={search} onOpen={() => {}} />
      <ConversationNews />
    </aside>
  );
}

function Drawer({ search, onClose }: Pick<SidebarProps, "search" | "onClose">) {
  const { t } = useWords();
  return (
    <dialog {...useModal(onClose)} className="drawer" aria-label={t("conversations.title")}>
      <div className="drawer-sheet">
        <ConversationsPanel search={search} onOpen={onClose} onClose={onClose} />
        <ConversationNews />
      </div>
    </dialog>
  );
}
