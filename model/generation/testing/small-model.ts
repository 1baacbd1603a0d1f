import type { Gpu } from "@gpu/device";
import type { PastTurn } from "../../chat/context";
import { parseConfig } from "../../config";
import microConfig from "../../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../../oracle/synthetic-weights";
import type { CacheFormat } from "../../state/kv-cache";
import type { StateStore } from "../../state/state-store";
import type { Weights } from "../../weights/weights";
import { Conversation, type ConversationParts, type Recalled } from "../conversation";
import { openSession } from "../open-session";
import { StateKeeper } from "../state-keeper";

/** Half as wide and half as deep as micro: it reads 4,000 tokens here. */
const config = parseConfig({
  ...microConfig,
  ...{ num_hidden_layers: 4, hidden_size: 128, intermediate_size: 128, num_attention_heads: 2 },
});
const SAMPLING = { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 7 };
/** Of a reply. */
export const MAX_TOKENS = 12;

/** What the model writes are visible characters, each a token of its own, and never a tag. */
const FIRST_WRITTEN = 0x100;
const idOf = (code: number): number => (code < FIRST_WRITTEN ? code : code - FIRST_WRITTEN);
const idsOf = (text: string): number[] => Array.from(text, (character) => idOf(character.charCodeAt(0)));
/** Prompts are written `[first](next)(next)`, and \x01 closes a reply. */
const PARTS = {
  stopIds: [2],
  tokenizer: {
    encodePlain: idsOf,
    specialIds: new Set([2]),
    bytesOf: (id: number) => new TextEncoder().encode(String.fromCharCode(FIRST_WRITTEN + id)),
  },
  prompt: {
    closingIds: [1],
    openingTurn: ({ text }: { text: string }) => idsOf(`[${text}]`),
    followingTurn: (text: string) => idsOf(`(${text})`),
  },
};

export const smallWeights = (gpu: Gpu): Weights => formulaWeights(gpu, config);

interface SmallOptions {
  readonly fullCache?: CacheFormat;
  /** Keeps states there, as of this model. */
  readonly store?: StateStore;
  readonly model?: string;
}

/** A conversation with weights that mean nothing, on a GPU. */
export async function openSmallModel(
  gpu: Gpu,
  weights: Weights,
  { store, model = "small", ...cache }: SmallOptions = {},
) {
  const options = { contextLength: 4096, chunk: 128, initialCapacity: 512, ...cache };
  const session = await openSession(gpu, config, weights, options);
  const keeper = store && new StateKeeper(gpu, session, store, model);
  const conversation = new Conversation({ ...PARTS, session, keeper } as unknown as ConversationParts);
  const ask = async (text: string, path: readonly PastTurn[] = [], dropsReasoning = false) => {
    const recalled: Recalled[] = [];
    let answer = "";
    const writing = conversation.ask(
      { path, text, system: "", dropsReasoning },
      {
        ...{ sampling: SAMPLING, maxTokens: MAX_TOKENS, storedAs: "a" },
        onRecalled: (heard) => recalled.push(heard),
      },
    );
    for await (const written of writing) answer += written.answer;
    return { recalled: recalled[0], turn: { text, reply: { reasoning: "", answer } } };
  };
  return { conversation, ask, destroy: () => session.destroy() };
}
