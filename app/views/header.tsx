import { Boxes, PanelLeft, Settings, SquarePen } from "lucide-react";
import { Button } from "../components/button";
import { Mark } from "../components/mark";
import type { PageVersion } from "../state/page-version";
import { useWords } from "../words/words-context";
import { useDialogs } from "./dialogs-context";
import { useSession, useSessionState } from "./session-context";
import { useShortcut } from "./shortcuts-context";
import { UpdateButton } from "./update-button";

interface HeaderProps {
  version: PageVersion;
  /** Whether the conversations are seen. */
  isListOpen: boolean;
  onToggleList: () => void;
}

/** The top of the page: whose it is, and the ways to the conversations, to the models and to a new conversation. */
export function Header({ version, isListOpen, onToggleList }: HeaderProps) {
  const { t } = useWords();
  const session = useSession();
  const showDialog = useDialogs();
  const hasTurns = useSessionState(({ turns }) => turns.length > 0);
  const settings = t("header.settings");
  useShortcut("newConversation", hasTurns ? session.startOver : undefined);
  return (
    <header className="header">
      <button
        type="button"
        className="icon-button"
        aria-label={t("conversations.title")}
        title={t("shortcuts.toggleSidebar")}
        aria-expanded={isListOpen}
        onClick={onToggleList}
      >
        <PanelLeft aria-hidden className="size-5" />
      </button>
      <Mark className="size-7 max-sm:hidden" />
      <span className="wordmark">Longhand</span>
      <span className="ml-auto" />
      <UpdateButton version={version} />
      <Button disabled={!hasTurns} onClick={session.startOver}>
        <SquarePen aria-hidden className="size-4" />
        <span className="max-sm:sr-only">{t("header.newConversation")}</span>
      </Button>
      <Button onClick={() => showDialog("models")}>
        <Boxes aria-hidden className="size-4" />
        <span className="max-sm:sr-only">{t("header.models")}</span>
      </Button>
      <button
        type="button"
        className="icon-button"
        aria-label={settings}
        title={settings}
        onClick={() => showDialog("settings")}
      >
        <Settings aria-hidden className="size-5" />
      </button>
    </header>
  );
}
