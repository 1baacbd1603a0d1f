import type { Question } from "../../chat/context";
import { type AskOptions, Conversation, type ConversationParts, type Recalled } from "../conversation";
import type { Written } from "../reply-draft";
import { GREEDY } from "../sampling";
import type { EndReason, Resumed, Turn } from "../session";
import type { StateKeeper } from "../state-keeper";

const STOP = 2;
/** Of a paper model. */
export const CONTEXT = 200;

/** Each character is a token: its code. */
const idsOf = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
const textOf = (ids: readonly number[]): string => String.fromCharCode(...ids);

/** What a paper model thinks, whatever it is asked; then it says 6. */
export const THOUGHTS = "<think>\none two three four\n</think>\n\n";
export const WHOLE_REPLY = { reasoning: "one two three four", answer: "6" };

/** It goes on with what follows the last prompt. */
function nextId(state: string): number {
  const reply = state.slice(Math.max(state.lastIndexOf("]"), state.lastIndexOf(")")) + 1);
  if (THOUGHTS.startsWith(reply) && reply !== THOUGHTS) return THOUGHTS.charCodeAt(reply.length);
  return reply.endsWith("6") ? STOP : "6".charCodeAt(0);
}

/** A session without a GPU. Two tokens come with a report, and two more when it has been told to stop. */
class PaperSession {
  readonly contextLength = CONTEXT;
  ids: number[] = [];
  #consumed = 0;

  get length(): number {
    return this.ids.length;
  }

  async resume(ids: readonly number[]): Promise<Resumed> {
    const isThere = this.#consumed <= ids.length && this.ids.slice(0, this.#consumed).every((id, i) => id === ids[i]);
    if (!isThere) this.#consumed = 0;
    this.ids = this.ids.slice(0, this.#consumed);
    return { tokens: this.#consumed, from: this.#consumed > 0 ? "live" : "nothing" };
  }

  mark(): void {}

  get live(): readonly number[] {
    return this.ids.slice(0, this.#consumed);
  }

  async read(ids: readonly number[], signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return false;
    this.ids.push(...ids);
    this.#consumed = this.length;
    return true;
  }

  append(ids: readonly number[]): void {
    this.ids.push(...ids);
  }

  async *generate({ ids, maxTokens, signal }: Turn): AsyncGenerator<number[], EndReason> {
    this.ids.push(...ids);
    const end = Math.min(this.length + maxTokens, CONTEXT);
    for (let isLast = false; this.length < end && !isLast; ) {
      isLast = signal?.aborted === true;
      const drawn = this.#draw(Math.min(2, end - this.length));
      yield drawn;
      if (drawn.at(-1) === STOP) return "stop";
    }
    if (this.length < end) return "aborted";
    return end === CONTEXT ? "context" : "length";
  }

  #draw(count: number): number[] {
    const drawn: number[] = [];
    while (drawn.length < count && drawn.at(-1) !== STOP) drawn.push(nextId(textOf([...this.ids, ...drawn])));
    this.ids.push(...drawn);
    this.#consumed = this.length - 1;
    return drawn;
  }
}

/** Prompts are written [first](next)(next), and \x01 closes a reply that did not end by itself. */
const PARTS = {
  stopIds: [STOP],
  tokenizer: { encodePlain: idsOf, specialIds: new Set([STOP]), bytesOf: (id: number) => Uint8Array.of(id) },
  prompt: {
    closingIds: [1],
    openingTurn: ({ system = "", text }: { system?: string; text: string }) => idsOf(`${system}[${text}]`),
    followingTurn: (text: string) => idsOf(`(${text})`),
  },
};

interface PaperOptions extends Partial<AskOptions> {
  readonly hear?: (written: Written) => void;
}

/** A conversation with a model on paper. `state` is all that it has read and written. */
export function openPaperModel(keeper?: Partial<StateKeeper>) {
  const session = new PaperSession();
  const conversation = new Conversation({ ...PARTS, session, keeper } as unknown as ConversationParts);

  async function ask(text: string, question: Partial<Question> = {}, { hear, ...options }: PaperOptions = {}) {
    const recalled: Recalled[] = [];
    const written: Written[] = [];
    const reply = conversation.ask(
      { path: [], system: "", dropsReasoning: false, ...question, text },
      { sampling: GREEDY, maxTokens: 100, onRecalled: (heard) => recalled.push(heard), ...options },
    );
    let end = await reply.next();
    for (; !end.done; end = await reply.next()) {
      written.push(end.value);
      hear?.(end.value);
    }
    const reasoning = written.map((piece) => piece.reasoning).join("");
    const answer = written.map((piece) => piece.answer).join("");
    return { ...written.at(-1), reply: { reasoning, answer }, recalled: recalled[0], reason: end.value };
  }
  return { conversation, ask, state: () => textOf(session.ids) };
}
