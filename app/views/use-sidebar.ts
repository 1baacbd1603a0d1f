import { useCallback, useState, useSyncExternalStore } from "react";
import { quietly } from "../state/remembered";
import { useShortcut } from "./shortcuts-context";

/** From here on there is room for the conversations beside the page. */
const WIDE = "(width >= 64rem)";
const KEY = "longhand-sidebar";

/** That the search was asked for. Each time it is another object, so that a field which has lost the focus has it again. */
export type Search = Readonly<Record<string, never>>;

/** Whether the conversations are seen. At the side of a wide page the choice is remembered; over a narrow one it is not. */
export function useSidebar() {
  const isBeside = useSyncExternalStore(watchWidth, () => matchMedia(WIDE).matches);
  const [isOpenBeside, setIsOpenBeside] = useState(() => quietly(() => localStorage.getItem(KEY)) !== "closed");
  const [isOpenOver, setIsOpenOver] = useState(false);
  const [search, setSearch] = useState<Search | null>(null);
  const isOpen = isBeside ? isOpenBeside : isOpenOver;
  const setIsOpen = useCallback(
    (open: boolean) => {
      setSearch(null);
      if (!isBeside) return setIsOpenOver(open);
      setIsOpenBeside(open);
      quietly(() => localStorage.setItem(KEY, open ? "open" : "closed"));
    },
    [isBeside],
  );
  useShortcut(
    "toggleSidebar",
    useCallback(() => setIsOpen(!isOpen), [isOpen, setIsOpen]),
  );
  useShortcut(
    "searchConversations",
    useCallback(() => {
      setIsOpen(true);
      setSearch({});
    }, [setIsOpen]),
  );
  return { isBeside, isOpen, search, setIsOpen };
}

function watchWidth(listen: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener("change", listen);
  return () => query.removeEventListener("change", listen);
}
