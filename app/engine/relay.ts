import type { Event, FinishReason, TurnProgress } from "./protocol";

/** What became certain with some tokens of a reply, and how many there are in all. */
interface Piece {
  readonly reasoning: string;
  readonly answer: string;
  readonly isReasoning: boolean;
  readonly tokens: number;
  readonly reasoningTokens: number;
}

/** Text goes to the page at most this often: once for each frame of a 60 Hz screen. */
const FRAME_MS = 16;

/** Tells the page what a reply says, and that it has ended. */
export async function relay(
  turn: string,
  reply: AsyncGenerator<Piece, FinishReason>,
  measure: (counts: Pick<Piece, "tokens" | "reasoningTokens">) => TurnProgress,
  say: (event: Event) => void,
): Promise<void> {
  const unsaid = { reasoning: "", answer: "", isReasoning: false };
  let saidAt = 0;
  let progress = measure({ tokens: 0, reasoningTokens: 0 });
  for (;;) {
    const { value, done } = await reply.next();
    if (!done) {
      unsaid.reasoning += value.reasoning;
      unsaid.answer += value.answer;
      unsaid.isReasoning = value.isReasoning;
      progress = measure(value);
    }
    if (done || performance.now() - saidAt >= FRAME_MS) {
      say({ kind: "wrote", turn, ...unsaid, progress });
      Object.assign(unsaid, { reasoning: "", answer: "" });
      saidAt = performance.now();
    }
    if (done) return say({ kind: "finished", turn, reason: value, progress });
  }
}
