import { ChatTemplateError, type Message, parseChatTemplate, type Role } from "./chat-template";
import type { Tokenizer } from "./tokenizer";

/** The first turn of a conversation. */
interface OpeningTurn {
  /** Instructions for the whole conversation; none when missing or empty. */
  readonly system?: string | undefined;
  /** What the person wrote. */
  readonly text: string;
}

/**
 * The token ids that a conversation adds to the model's state, turn by turn; nothing is read twice.
 *
 *     openingTurn  reply  closingIds  followingTurn  reply  closingIds  followingTurn …
 */
export interface Prompt {
  /** The ids before the first reply. */
  openingTurn(turn: OpeningTurn): number[];
  /**
   * What ends a reply. Append what is missing of it in the state before a following turn: all of it when the reply was
   * cut off or its stop token was never read. Empty when the template marks no end.
   */
  readonly closingIds: readonly number[];
  /** The ids between a closed reply and the next one. */
  followingTurn(text: string): number[];
}

export interface PromptOptions {
  readonly tokenizer: Pick<Tokenizer, "encode" | "encodeParts">;
  /** tokenizer_config.json, which holds the chat template. */
  readonly config: unknown;
  /** The ids that end a reply, from generation_config.json. */
  readonly stopIds: readonly number[];
}

/**
 * Makes the prompts of a checkpoint. A following turn is the template of the whole conversation without the template
 * of what the state holds already. What people wrote cannot become a control token.
 *
 * @throws ChatTemplateError when the template is missing, malformed, or reads earlier turns differently once another
 * one follows. `openingTurn` throws it too, for a system text that the template refuses.
 */
export function createPrompt({ tokenizer, config, stopIds }: PromptOptions): Prompt {
  const template = parseChatTemplate(config);
  const following = findFollowing((roles) => template.literals(roles), []);
  const gapIds = tokenizer.encode(following.gap);
  const closingIds = gapIds.slice(0, gapIds.findIndex((id) => stopIds.includes(id)) + 1);

  return {
    closingIds,
    openingTurn({ system, text }) {
      const messages: Message[] = [{ role: "user", content: text }];
      if (system) {
        assertSame(
          following,
          findFollowing((roles) => template.literals(roles), ["system"]),
        );
        messages.unshift({ role: "system", content: system });
      }
      return tokenizer.encodeParts(template.fill(messages));
    },
    followingTurn(text) {
      const filled = template.fill([...EARLIER_TURN, { role: "user", content: text }]);
      // The last parts: the gap with the closing, the text, the opening of the reply.
      return tokenizer.encodeParts(filled.slice(-3)).slice(closingIds.length);
    },
  };
}

/** What the template writes around the person's text in a following turn. */
interface Following {
  /** Between a reply and the next text, such as `<|end|><|user|>`. */
  readonly gap: string;
  /** Between that text and its reply, such as `<|end|><|assistant|>`. */
  readonly tail: string;
}

const EARLIER_TURN: readonly Message[] = [
  { role: "user", content: "?" },
  { role: "assistant", content: "!" },
];

/** Compares conversations of one, two and three turns: each must begin with the one before, and turns must repeat. */
function findFollowing(literals: (roles: readonly Role[]) => string[], before: readonly Role[]): Following {
  const one = literals([...before, "user"]);
  const two = literals([...before, "user", "assistant", "user"]);
  const three = literals([...before, "user", "assistant", "user", "assistant", "user"]);
  const [gap = "", tail = ""] = two.slice(-2);
  const [nextGap = "", nextTail = ""] = three.slice(-2);
  assertSame({ gap, tail }, { gap: nextGap, tail: nextTail });
  if (!beginsWith(two, one) || !beginsWith(three, two)) throw notIncremental();
  return { gap, tail };
}

function beginsWith(whole: readonly string[], start: readonly string[]): boolean {
  return start.every((literal, i) => literal === whole[i]);
}

function assertSame(a: Following, b: Following): void {
  if (a.gap !== b.gap || a.tail !== b.tail) throw notIncremental();
}

function notIncremental(): ChatTemplateError {
  return new ChatTemplateError(
    "The chat template writes earlier turns differently once another turn follows; it does not allow the model's state to be kept.",
  );
}
