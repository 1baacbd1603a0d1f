import type { Engine } from "../engine/client";
import type { Event as EngineEvent, Request } from "../engine/protocol";
import { settingsOf } from "./choices";
import type { ChosenSettings } from "./settings";

type Connect = (listen: (event: EngineEvent) => void) => Engine;

/**
 * Has every request carry what the person has chosen at that moment: the session asks with the model's own settings,
 * and need not know of others.
 */
export function withChoices(settings: ChosenSettings, connect: Connect, seed: () => number = randomSeed): Connect {
  return (listen) => {
    const engine = connect(listen);
    return { send: (request) => engine.send(chosen(request)) };
  };

  function chosen(request: Request): Request {
    const choices = settings.store.getState();
    switch (request.kind) {
      case "open":
        return choices.contextLength === undefined ? request : { ...request, contextLength: choices.contextLength };
      case "ask":
      case "prepare":
        return { ...request, settings: settingsOf(choices, request.settings, seed) };
      default:
        return request;
    }
  }
}

const randomSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
