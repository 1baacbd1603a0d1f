import { createReasoningSplitter, type ReasoningSplitter, type SplitText } from "./reasoning-splitter";
import { createTextStream } from "./text-stream";
import type { Tokenizer } from "./tokenizer";

/** The text of a reply, while its tokens come. */
export interface ReplyText extends Pick<ReasoningSplitter, "isReasoning" | "isAnswer" | "closing"> {
  push(id: number): SplitText;
  /** The rest of a reply that has ended by itself. Of one that was cut off it waits for what follows. */
  end(): SplitText;
}

export function createReplyText(tokenizer: Pick<Tokenizer, "bytesOf" | "specialIds">): ReplyText {
  const stream = createTextStream(tokenizer);
  const splitter = createReasoningSplitter();
  return {
    get isReasoning() {
      return splitter.isReasoning;
    },
    get isAnswer() {
      return splitter.isAnswer;
    },
    get closing() {
      return splitter.closing;
    },
    push: (id) => splitter.push(stream.push(id)),
    end: () => joined(splitter.push(stream.flush()), splitter.flush()),
  };
}

/** Two pieces that follow each other. */
export const joined = (first: SplitText, second: SplitText): SplitText => ({
  reasoning: first.reasoning + second.reasoning,
  answer: first.answer + second.answer,
});
