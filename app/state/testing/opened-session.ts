import type { Event as EngineEvent, FinishReason, Request, TurnProgress } from "../../engine/protocol";
import { createSession } from "../session";
import { MODEL, progressOf } from "./events";

export const READY: EngineEvent = { kind: "ready", model: MODEL };

/** A session with an engine that does nothing by itself; ids are 1, 2, 3, …, the first one that of the conversation. */
export function openedSession() {
  const sent: Request[] = [];
  let tell: (event: EngineEvent) => void = () => {};
  let lastId = 0;
  let now = 1_000;
  const session = createSession(
    (listen) => {
      tell = listen;
      return { send: (request) => sent.push(request) };
    },
    "tiny",
    { newId: () => String(++lastId), now: () => now++ },
  );
  session.open();
  tell(READY);
  const state = () => session.store.getState();
  return {
    ...{ session, sent, state },
    tell: (event: EngineEvent) => tell(event),
    /** The path of prompts that is shown, the running reply's own included. */
    shown: () =>
      state()
        .turns.map(({ prompt }) => prompt)
        .join(" "),
    /** The last turn of the shown branch. */
    last() {
      const turn = state().turns.at(-1);
      if (!turn) throw new Error("There is no turn.");
      return turn;
    },
    /** Asks and has the whole reply come. */
    say(prompt: string, answer = `re ${prompt}`) {
      session.ask(prompt);
      this.reply(answer);
    },
    /** Has the whole reply to the running turn come. */
    reply(answer: string) {
      const { id } = this.last();
      tell(wrote(id, "", answer));
      tell(finished(id));
    },
  };
}

export const wrote = (
  turn: string,
  reasoning: string,
  answer = "",
  progress: Partial<TurnProgress> = { tokens: 1 },
): EngineEvent => {
  return { kind: "wrote", turn, reasoning, answer, isReasoning: answer === "", progress: progressOf(progress) };
};

export const finished = (
  turn: string,
  reason: FinishReason = "stop",
  progress: Partial<TurnProgress> = {},
): EngineEvent => ({ kind: "finished", turn, reason, progress: progressOf(progress) });
