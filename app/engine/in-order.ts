import type { Engine } from "./client";
import type { Event as EngineEvent, Request } from "./protocol";

type Listen = (event: EngineEvent) => void;
type Connect = (listen: Listen) => Engine;

/**
 * Keeps the engine's rule that it does one thing at a time, so that the page need not: a question, or reading ahead
 * of one, that comes while a turn is running waits for that turn's end. What waits when the engine fails is dropped; opened again, it
 * would not know what the request is about.
 */
export function inOrder(connect: Connect): Connect {
  return (listen) => {
    let runningTurn: string | undefined;
    let waiting: Request[] = [];

    const send = (request: Request) => {
      const mustWait = request.kind === "ask" || request.kind === "prepare";
      if (mustWait && runningTurn !== undefined) {
        waiting.push(request);
        return;
      }
      // A question that waits was meant too: it is ended as soon as it begins.
      if (request.kind === "stop" && waiting.some(({ kind }) => kind === "ask")) waiting.push(request);
      if (request.kind === "ask") runningTurn = request.turn;
      engine.send(request);
    };
    const engine = connect((event) => {
      if (event.kind === "failed") {
        runningTurn = undefined;
        waiting = [];
      }
      const hasEnded = (event.kind === "finished" || event.kind === "turn-failed") && event.turn === runningTurn;
      if (hasEnded) runningTurn = undefined;
      listen(event);
      if (hasEnded) waiting.splice(0).forEach(send);
    });
    return { send };
  };
}
