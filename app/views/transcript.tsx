import { clsx } from "clsx";
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { isSlicing, onSlicing } from "../components/in-slices";
import { useStickToEnd } from "../components/use-stick-to-end";
import { useViewHeight } from "../components/use-view-height";
import { isRunning } from "../state/turn";
import { useWords } from "../words/words-context";
import { useSessionState } from "./session-context";
import { TurnView } from "./turn-view";

/** Whether answers are being set, and whether these are the first since the conversation has been opened. */
function useSetting(): { isSetting: boolean; isOpening: boolean } {
  const isSetting = useSyncExternalStore(onSlicing, isSlicing);
  const [isOpening, setIsOpening] = useState(true);
  useEffect(() => {
    const look = () => {
      if (!isSlicing()) setIsOpening(false);
    };
    // What is drawn below has asked for it by now.
    look();
    return onSlicing(look);
  }, []);
  return { isSetting, isOpening };
}

/**
 * All turns. The last one is at least as high as the view, so that sending brings its prompt to the top and the reply
 * grows into room that is there already: nothing moves while it is written.
 */
export function Transcript() {
  const { t } = useWords();
  const turns = useSessionState((state) => state.turns);
  const viewport = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  useViewHeight(viewport);
  // One that was come back to is shown where it goes on.
  useLayoutEffect(() => {
    if (viewport.current) viewport.current.scrollTop = viewport.current.scrollHeight;
  }, []);
  const { isSetting, isOpening } = useSetting();
  const isReplying = turns.some(isRunning);
  const canAsk = useSessionState(({ engine }) => engine.status === "ready") && !isReplying;
  useStickToEnd(viewport, content, isReplying || isOpening);
  return (
    <div
      ref={viewport}
      className={clsx("transcript", isSetting && "transcript-setting")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it.
      tabIndex={0}
      role="log"
      aria-label={t("conversation.label")}
      aria-live="off"
    >
      <div ref={content} className="mx-auto max-w-3xl px-4 sm:px-6">
        <h1 className="sr-only">{t("conversation.label")}</h1>
        {turns.map((turn, index) => (
          // Its place among the others, where another branch, or another reply, takes over: the focus stays where it is.
          <TurnView
            key={turn.parent ?? ""}
            turn={turn}
            isLast={index === turns.length - 1}
            isReplying={isReplying}
            canAsk={canAsk}
          />
        ))}
      </div>
    </div>
  );
}
