import { RecentTexts } from "./recent-texts";
import { createReplyText, joined } from "./reply-text";
import { hasReasoned, type SplitReply, spellReply } from "./spell-reply";
import type { Tokenizer } from "./tokenizer";

/**
 * The tokens that replies were written with. A text can be cut into tokens in many ways, and a state that has read one
 * way is of no use for another.
 */
export class ReplyIds {
  readonly #tokenizer: Pick<Tokenizer, "encodePlain" | "bytesOf" | "specialIds">;
  readonly #stopIds: readonly number[];
  /** By what the page knows of a reply. */
  readonly #known = new RecentTexts<readonly number[]>();

  constructor(tokenizer: Pick<Tokenizer, "encodePlain" | "bytesOf" | "specialIds">, stopIds: readonly number[]) {
    this.#tokenizer = tokenizer;
    this.#stopIds = stopIds;
  }

  /**
   * @param ids of a reply from its beginning, with the stop token if it ended by itself.
   * @returns what they say.
   */
  remember(ids: readonly number[]): SplitReply {
    const reply = this.#split(ids);
    this.#known.set(keyOf(reply), ids);
    return reply;
  }

  /** As they were written, or the text's own if nobody remembers. Only a reply that ended by itself has a stop token. */
  of(reply: SplitReply): readonly number[] {
    const key = keyOf(reply);
    const ids = this.#known.get(key) ?? this.#tokenizer.encodePlain(spellReply(reply));
    this.#known.set(key, ids);
    return ids;
  }

  #split(ids: readonly number[]): SplitReply {
    const text = createReplyText(this.#tokenizer);
    let split = ids.map((id) => text.push(id)).reduce(joined, { reasoning: "", answer: "" });
    if (this.#stopIds.includes(ids.at(-1) ?? -1)) split = joined(split, text.end());
    return { ...split, isReasoningOver: text.isAnswer };
  }
}

const keyOf = (reply: SplitReply): string => `${hasReasoned(reply)}\n${reply.reasoning}\0${reply.answer}`;
