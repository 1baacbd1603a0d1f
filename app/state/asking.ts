import type { StoreApi } from "zustand/vanilla";
import type { Engine } from "../engine/client";
import type { Request, Settings } from "../engine/protocol";
import { pastTurns, type SessionState, turnsBefore, withBranch, withContinuation, withQuestion } from "./session-state";
import { canGoOn, isRunning, replyOf, type Turn } from "./turn";

/** What can be asked of a model in a conversation. While a reply is running, nothing of it happens. */
export interface Asking {
  /** Sends a problem, the draft if none is given. A blank one is refused with a hint. */
  ask(text?: string): void;
  /** Asks once more in the place of a turn, with its own prompt or another. Both stay, as branches. */
  askInstead(turn: Turn, prompt?: string): void;
  /** Goes on with a reply that ended before its end. */
  goOn(turn: Turn): void;
  /** Shows the branch on which this turn is. */
  showBranch(turn: Turn): void;
}

export interface Surroundings {
  readonly newId: () => string;
  readonly now: () => number;
}

interface AskingInside extends Asking {
  /** Has the engine read ahead what the next question will need. */
  prepare(): void;
  /** The model is there, or there again: a reply that the loss of the device cut off goes on. */
  resume(): void;
}

/** The model, where there is one that has nothing to do. */
const freeModel = ({ engine, turns }: SessionState) =>
  engine.status === "ready" && !turns.some(isRunning) ? engine.model : undefined;

/** The request for a turn's reply, or for the rest of it. */
function questionFor(turn: Turn, earlier: readonly Turn[], settings: Settings): Request {
  const { id, conversation, prompt: text } = turn;
  const [path, begun] = [pastTurns(earlier), replyOf(turn)];
  const isBlank = begun.reasoning.trim() === "" && begun.answer === "";
  return { kind: "ask", turn: id, conversation, path, text, settings, ...(!isBlank && { begun }) };
}

export function createAsking(
  { getState: get, setState: set }: StoreApi<SessionState>,
  engine: Engine,
  { newId, now }: Surroundings,
): AskingInside {
  const model = () => freeModel(get());
  /** Shows the turns and has the engine reply to the last of them; what is there of its reply is what it begins with. */
  const send = (change: Pick<SessionState, "turns"> & Partial<SessionState>) => {
    const [asked, turn] = [model(), change.turns.at(-1)];
    set({ ...change, ahead: null, hint: null, notice: null, isMissing: false });
    if (asked && turn) engine.send(questionFor(turn, change.turns.slice(0, -1), asked.defaults));
  };
  const begin = (earlier: readonly Turn[], prompt: string) => {
    const asked = model();
    if (asked) send(withQuestion(get(), earlier, prompt, { id: newId(), at: now(), model: asked.name }));
  };
  const goOn = (turn: Turn) => {
    const asked = model();
    if (asked) send(withContinuation(get(), turn, { at: now(), model: asked.name }));
  };
  const prepare = () => {
    const { conversation, turns } = get();
    const path = pastTurns(turns);
    const settings = path.length > 0 ? model()?.defaults : undefined;
    set({ ahead: settings ? "reading" : null });
    if (settings) engine.send({ kind: "prepare", conversation: conversation.id, path, settings });
  };

  return {
    ask(text = get().draft) {
      if (!model()) return;
      if (text.trim() === "") return set({ hint: "emptyPrompt" });
      if (text === get().draft) set({ draft: "" });
      begin(get().turns, text.trim());
    },
    askInstead(turn, prompt = turn.prompt) {
      if (model() && prompt.trim() !== "") begin(turnsBefore(get(), turn), prompt.trim());
    },
    goOn(turn) {
      if (canGoOn(turn) && get().turns.at(-1) === turn) goOn(turn);
    },
    showBranch(turn) {
      if (get().turns.some(isRunning)) return;
      set(withBranch(get(), turn));
      prepare();
    },
    prepare,
    resume() {
      const { turns, interrupted, notice } = get();
      const turn = turns.at(-1);
      if (turn && turn.id === interrupted) {
        goOn(turn);
        set({ interrupted: null, notice });
      } else prepare();
    },
  };
}
