import { openTestGpu } from "@gpu/testing/harness";
import { parseConfig } from "../../config";
import microConfig from "../../oracle/fixtures/micro/config.json";
import { formulaWeights } from "../../oracle/synthetic-weights";
import type { Weights } from "../../weights/weights";
import { openSession, type SessionOptions } from "../open-session";
import { GREEDY } from "../sampling";
import type { EndReason, Session, Turn } from "../session";

export const config = parseConfig(microConfig);
export const PROMPT = [11, 21, 45, 83, 135, 201, 281, 55, 163, 285];
/** Tokens of a reply, unless a test says otherwise. */
export const REPLY = 12;

export const microWeights = async (): Promise<Weights> => formulaWeights(await openTestGpu(), config);

/** A session of the micro model, with a short context and short chunks. */
export async function openMicroSession(weights: Weights, options: Partial<SessionOptions> = {}): Promise<Session> {
  return openSession(await openTestGpu(), config, weights, { contextLength: 64, chunk: 8, ...options });
}

/** A turn to its end. */
export async function reply(
  target: Session,
  ids: readonly number[],
  turn: Partial<Turn> = {},
): Promise<{ ids: number[]; reason: EndReason }> {
  const written: number[] = [];
  const generation = target.generate({ ids, sampling: GREEDY, stopIds: [], maxTokens: REPLY, ...turn });
  for (;;) {
    const { value, done } = await generation.next();
    if (done) return { ids: written, reason: value };
    written.push(...value);
  }
}
