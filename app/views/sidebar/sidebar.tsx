import { useLayoutEffect, useRef } from "react";
import { useWords } from "../../words/words-context";
import { ConversationNews } from "./conversation-news";
import { ConversationsPanel } from "./conversations-panel";

interface SidebarProps {
  /** Beside the page, or over it. */
  isBeside: boolean;
  isSearching: boolean;
  onClose: () => void;
}

/** Where the conversations are listed: at the side of a wide page, over a narrow one for as long as it is drawn. */
export function Sidebar({ isBeside, isSearching, onClose }: SidebarProps) {
  if (!isBeside) return <Drawer isSearching={isSearching} onClose={onClose} />;
  return (
    <aside className="sidebar">
      <ConversationsPanel isSearching={isSearching} onOpen={() => {}} />
      <ConversationNews />
    </aside>
  );
}

function Drawer({ isSearching, onClose }: Pick<SidebarProps, "isSearching" | "onClose">) {
  const { t } = useWords();
  const drawer = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = drawer.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={drawer}
      className="drawer"
      aria-label={t("conversations.title")}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => {
        if (event.target === drawer.current) onClose();
      }}
    >
      <div className="drawer-sheet">
        <ConversationsPanel isSearching={isSearching} onOpen={onClose} onClose={onClose} />
        <ConversationNews />
      </div>
    </dialog>
  );
}
