import type { Gpu } from "@gpu/device";
import type { Conversation } from "@model/generation/conversation";
import { failureOf } from "./failure";
import type { Event, FailureName, Recalled, Request } from "./protocol";
import { relay } from "./relay";
import { TurnMeter } from "./turn-meter";

/** How long after a failure the news that the device is lost may come. */
const LOST_MS = 250;

const ENDS_ONLY_THE_TURN: ReadonlySet<FailureName> = new Set<FailureName>(["PromptTooLongError", "EmptyPromptError"]);

/** Of a conversation that does not fit the context. */
const NOTHING_READ: Recalled = { reusedTokens: 0, readTokens: 0, from: "nothing" };

type About<Kind> = Extract<Request, { kind: Kind }>;

/** What an open model does for conversations. One thing at a time, as the worker sees to. */
export class Turns {
  readonly #gpu: Gpu;
  readonly #conversation: Conversation;
  readonly #say: (event: Event) => void;

  constructor(gpu: Gpu, conversation: Conversation, say: (event: Event) => void) {
    this.#gpu = gpu;
    this.#conversation = conversation;
    this.#say = say;
  }

  /**
   * @param answerNow when it aborts, the reasoning is to end.
   * @throws whatever ends more than the turn.
   */
  async ask(
    { turn, conversation, path, text, begun, settings }: About<"ask">,
    { signal, answerNow }: { readonly signal: AbortSignal; readonly answerNow: AbortSignal },
  ): Promise<void> {
    const { maxTokens, thinkingBudget, system, dropsReasoning, ...sampling } = settings;
    const meter = new TurnMeter(this.#conversation.contextLength);
    try {
      const reply = this.#conversation.ask(
        { path, text, begun, system, dropsReasoning },
        {
          ...{ sampling, maxTokens, thinkingBudget, signal, answerNow },
          storedAs: conversation,
          onRecalled: (recalled) => {
            meter.begin(recalled.readTokens);
            this.#say({ kind: "recalled", turn, ...recalled });
          },
        },
      );
      await relay(turn, reply, (counts) => meter.measure(counts, this.#conversation.contextUsed), this.#say);
    } catch (error) {
      this.#say({ kind: "turn-failed", turn, failure: await this.#mild(error) });
    }
  }

  /** @throws whatever ends more than this. What does not fit the context is said when it is asked for. */
  async prepare({ conversation, path, settings }: About<"prepare">, signal: AbortSignal): Promise<void> {
    const { system, dropsReasoning } = settings;
    const past = { path, system, dropsReasoning };
    const preparing = this.#conversation.prepare(past, { storedAs: conversation, signal });
    const recalled = await preparing.catch(async (error: unknown) => {
      await this.#mild(error);
      return NOTHING_READ;
    });
    if (!signal.aborted) this.#say({ kind: "prepared", conversation, ...recalled });
  }

  /** Stores the state of the last turn. It is only a cache: what goes wrong shows itself elsewhere, or is of no matter. */
  async keep(signal: AbortSignal): Promise<void> {
    const kept = await this.#conversation.keep(signal).catch(() => undefined);
    if (kept) this.#say({ kind: "kept", conversation: kept.storedAs, bytes: kept.bytes });
  }

  /** The failure, if it ends only the turn. A lost device first ends all that waits for it, and only then tells. */
  async #mild(error: unknown) {
    const failure = failureOf(error);
    if (ENDS_ONLY_THE_TURN.has(failure.name)) return failure;
    throw await Promise.race([this.#gpu.lost, new Promise((resolve) => setTimeout(resolve, LOST_MS, error))]);
  }
}
