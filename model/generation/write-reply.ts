import type { Tokenizer } from "../chat/tokenizer";
import { ReplyDraft, type WriteLimits, type Written } from "./reply-draft";
import type { SamplingSettings } from "./sampling";
import type { EndReason, Session } from "./session";

export interface WriteOptions extends WriteLimits {
  readonly sampling: SamplingSettings;
  readonly signal?: AbortSignal;
}

export interface WriteParts {
  readonly session: Session;
  readonly tokenizer: Tokenizer;
  /** Tokens that end a reply. */
  readonly stopIds: readonly number[];
}

/**
 * Writes a reply, or goes on with one.
 *
 * The tokens that close the reasoning, when the model is made to close it, are read and not drawn. They are part of the
 * reply like others, and the draws after them go on in the same turn.
 *
 * @param unread the last of the ids before the reply goes on, at least one, which the session has not read.
 * @param reply the ids of the reply so far. What is written is added to it.
 */
export async function* writeReply(
  parts: WriteParts,
  unread: readonly number[],
  reply: number[],
  options: WriteOptions,
): AsyncGenerator<Written, EndReason> {
  const { session, tokenizer } = parts;
  const draft = new ReplyDraft(tokenizer, reply, options);
  let end = yield* drawLeg(parts, unread, draft, options);
  while (draft.isOpenAfter(end) && !options.signal?.aborted) {
    const closing = draft.mustClose ? tokenizer.encodePlain(draft.closing) : [];
    if (session.length + closing.length >= session.contextLength) return "context";
    if (closing.length > 0) {
      session.append(closing);
      yield draft.take(closing, { areDrawn: false });
    }
    if (draft.isFull) return "length";
    end = yield* drawLeg(parts, [], draft, options);
  }
  if (end === "stop") yield draft.end();
  return end;
}

/** Draws until the reply ends, or must be gone on with in another way. */
async function* drawLeg(
  { session, stopIds }: WriteParts,
  ids: readonly number[],
  draft: ReplyDraft,
  { sampling, signal }: WriteOptions,
): AsyncGenerator<Written, EndReason> {
  const leg = new AbortController();
  const generation = session.generate({
    ...{ ids, sampling, stopIds, maxTokens: draft.mostDraws, drawn: draft.ids.length },
    signal: signal ? AbortSignal.any([signal, leg.signal]) : leg.signal,
  });
  for (;;) {
    const { value, done } = await generation.next();
    if (done) return value;
    yield draft.take(value);
    if (draft.mustClose) leg.abort();
  }
}
