import { useCallback, useState, useSyncExternalStore } from "react";
import { quietly } from "../state/remembered";
import { useShortcut } from "./shortcuts-context";

/** From here on there is room for the conversations beside the page. */
const WIDE = "(width >= 64rem)";
const KEY = "longhand-sidebar";

/** Whether the conversations are seen. At the side of a wide page the choice is remembered; over a narrow one it is not. */
export function useSidebar() {
  const isBeside = useSyncExternalStore(watchWidth, () => matchMedia(WIDE).matches);
  const [isOpenBeside, setIsOpenBeside] = useState(() => quietly(() => localStorage.getItem(KEY)) !== "closed");
  const [isOpenOver, setIsOpenOver] = useState(false);
  const [isSearching, setIsSearching] = useState(false);
  const isOpen = isBeside ? isOpenBeside : isOpenOver;
  const setIsOpen = useCallback(
    (open: boolean) => {
      setIsSearching(false);
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
      setIsSearching(true);
    }, [setIsOpen]),
  );
  return { isBeside, isOpen, isSearching, setIsOpen };
}

function watchWidth(listen: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener("change", listen);
  return () => query.removeEventListener("change", listen);
}
