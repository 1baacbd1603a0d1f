import { createBlankTrimmer } from "./blank-trimmer";

export const OPEN = "<think>";
export const CLOSE = "</think>";

/** Text that became certain, by what it belongs to. */
export interface SplitText {
  reasoning: string;
  answer: string;
}

/** Splits a reply into reasoning and answer while it is being written. */
export interface ReasoningSplitter {
  /** Whether what was pushed so far ends within the reasoning. */
  readonly isReasoning: boolean;
  /** Whether what was pushed so far belongs to the answer from here on. */
  readonly isAnswer: boolean;
  /** What would end the reasoning here, as these models write it: a line of its own, then an empty one. */
  readonly closing: string;
  push(text: string): SplitText;
  /** What was still held back when no text follows. The splitter is used up after it. */
  flush(): SplitText;
}

/**
 * Opens a splitter for one reply.
 *
 * Reasoning is what stands between `<think>` at the beginning of the reply (white space may precede it) and the first
 * `</think>`, or the end. All else is answer; tags in it are plain text. Tags may be cut anywhere between two pushes:
 * only text that may still become a tag is held back, and white space that may turn out to be at an edge
 * (see BlankTrimmer). The result does not depend on how the text was cut. Linear in the length of the text.
 */
export function createReasoningSplitter(): ReasoningSplitter {
  const reasoning = createBlankTrimmer();
  const answer = createBlankTrimmer();
  let phase: "opening" | "reasoning" | "answer" = "opening";
  let blank = "";
  let held = "";
  let isAtLineStart = false;

  function readOpening(text: string): SplitText {
    const start = text.trimStart();
    blank += text.slice(0, text.length - start.length);
    if (start.startsWith(OPEN)) {
      phase = "reasoning";
      return readReasoning(start.slice(OPEN.length));
    }
    if (OPEN.startsWith(start)) {
      held = start;
      return { reasoning: "", answer: "" };
    }
    phase = "answer";
    return { reasoning: "", answer: answer.push(blank + start) };
  }

  function readReasoning(text: string): SplitText {
    const end = text.indexOf(CLOSE);
    if (end < 0) {
      held = text.slice(text.length - lengthOfTagStart(text));
      if (text !== "") isAtLineStart = text.endsWith("\n");
      return { reasoning: reasoning.push(text.slice(0, text.length - held.length)), answer: "" };
    }
    phase = "answer";
    return { reasoning: reasoning.push(text.slice(0, end)), answer: answer.push(text.slice(end + CLOSE.length)) };
  }

  return {
    get isReasoning() {
      return phase === "reasoning";
    },
    get isAnswer() {
      return phase === "answer";
    },
    get closing() {
      return `${held !== "" || isAtLineStart ? "" : "\n"}${CLOSE.slice(held.length)}\n\n`;
    },
    push(text) {
      const whole = held + text;
      held = "";
      if (phase === "opening") return readOpening(whole);
      if (phase === "reasoning") return readReasoning(whole);
      return { reasoning: "", answer: answer.push(whole) };
    },
    flush() {
      const rest = held;
      held = "";
      if (phase === "reasoning") return { reasoning: reasoning.push(rest), answer: "" };
      return { reasoning: "", answer: answer.push(phase === "opening" ? blank + rest : rest) };
    },
  };
}

/** How many characters at the end of the text may be the beginning of `</think>`. */
function lengthOfTagStart(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length--) {
    if (CLOSE.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
