import { memo } from "react";
import { Reasoning } from "../components/reasoning/reasoning";
import { ReasoningLine } from "../components/reasoning/reasoning-line";
import type { TurnProgress } from "../engine/protocol";
import { isBlank } from "../state/text-log";
import type { Turn } from "../state/turn";
import { EndThinking } from "./end-thinking";
import { useProgress } from "./use-progress";

/** What was thought in a turn. A frame in which more was draws that alone: figures follow at their own pace. */
export function Thought({ turn: { reasoning, stage, answer, progress, before } }: { turn: Turn }) {
  if (isBlank(reasoning)) return null;
  const isThinking = stage === "thinking";
  return (
    <Reasoning
      blocks={reasoning.blocks}
      tail={reasoning.tail}
      isThinking={isThinking}
      isOpenAfter={answer.trim() === ""}
      line={isThinking ? <LiveLine /> : <Line isThinking={false} progress={progress} />}
    >
      <EndThinking before={before} />
    </Reasoning>
  );
}

const LiveLine = memo(function LiveLine() {
  return <Line isThinking progress={useProgress()} />;
});

const Line = memo(function Line({ isThinking, progress }: { isThinking: boolean; progress: TurnProgress | null }) {
  return (
    <ReasoningLine
      isThinking={isThinking}
      tokens={progress?.reasoningTokens ?? 0}
      elapsedMs={progress?.reasoningMs ?? 0}
      tokensPerSecond={progress?.tokensPerSecond ?? 0}
    />
  );
});
