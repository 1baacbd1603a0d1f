import { expect, test } from "vitest";
import { settingsOf, standardFor } from "./choices";
import { createSettings } from "./settings";
import { MODEL } from "./testing/events";
import { withChoices } from "./with-choices";

/** A browser that remembers, beginning with this text. */
function memory(text: string | null = null) {
  let kept = text;
  const setItem = (_: string, value: string) => {
    kept = value;
  };
  return { getItem: () => kept, setItem, kept: () => kept };
}

const stored = (chosen: object, version = 1) => memory(JSON.stringify({ version, chosen }));

test("what is chosen is there at the next visit; what is as usual is not stored", () => {
  const browser = memory();
  const settings = createSettings(() => browser);
  const standard = standardFor(MODEL);
  settings.choose("temperature", 0.2, standard.temperature);
  settings.choose("theme", "dark", standard.theme);
  settings.choose("topP", standard.topP, standard.topP);
  settings.choose("theme", "system", standard.theme);
  expect(browser.kept()).toBe('{"version":1,"chosen":{"temperature":0.2}}');
  expect(createSettings(() => browser).store.getState()).toEqual({ temperature: 0.2 });
});

test("one choice, or all, can be taken back", () => {
  const settings = createSettings(() => stored({ topK: 40, minP: 0.1, system: "Be brief." }));
  settings.reset("topK");
  expect(settings.store.getState()).toEqual({ minP: 0.1, system: "Be brief." });
  settings.reset();
  expect(settings.store.getState()).toEqual({});
});

test.each([
  ["nothing", null],
  ["no JSON", "{"],
  ["something else", '"dark"'],
  ["another version", '{"version":2,"chosen":{"theme":"dark"}}'],
])("what is stored as %s is nothing", (_, text) => {
  expect(createSettings(() => memory(text)).store.getState()).toEqual({});
});

test("of what is stored, what may not be chosen is left out", () => {
  const wrong = { temperature: -1, topP: 0, topK: 1.5, minP: "0", seed: 2 ** 32, maxTokens: 0, theme: "blue" };
  const strange = { toString: 1, constructor: {}, system: 5, dropsReasoning: "no", contextLength: 8 };
  const settings = createSettings(() => stored({ ...wrong, ...strange, thinkingBudget: null, seed: "random" }));
  expect(settings.store.getState()).toEqual({ thinkingBudget: null, seed: "random" });
});

test("nor is it taken when it is chosen", () => {
  const settings = createSettings(() => memory());
  settings.choose("topP", 1.2);
  settings.choose("temperature", Number.NaN);
  expect(settings.store.getState()).toEqual({});
});

test("a question has the model's own settings, but for what is chosen", () => {
  const chosen = { temperature: 0, theme: "dark", contextLength: 4096, thinkingBudget: 200 } as const;
  expect(settingsOf(chosen, MODEL.defaults, () => 77)).toEqual({
    ...MODEL.defaults,
    ...{ temperature: 0, thinkingBudget: 200, seed: 77 },
  });
  expect(settingsOf({ seed: 5 }, MODEL.defaults, () => 77).seed).toBe(5);
});

test("a browser that remembers nothing is no reason to stop", () => {
  const settings = createSettings(() => {
    throw new DOMException("denied", "SecurityError");
  });
  settings.choose("theme", "dark");
  expect(settings.store.getState()).toEqual({ theme: "dark" });
});

test("every request carries what is chosen at that moment", () => {
  const settings = createSettings(() => memory());
  const sent: object[] = [];
  const connect = withChoices(
    settings,
    () => ({ send: (request) => sent.push(request) }),
    () => 3,
  );
  const engine = connect(() => {});
  const about = { conversation: "c", path: [], settings: MODEL.defaults };
  engine.send({ kind: "open", model: "tiny" });
  settings.choose("contextLength", 4096);
  settings.choose("minP", 0.2);
  engine.send({ kind: "open", model: "tiny" });
  engine.send({ kind: "prepare", ...about });
  engine.send({ kind: "ask", turn: "1", text: "1 + 1", ...about });
  engine.send({ kind: "stop" });
  expect(sent).toEqual([
    { kind: "open", model: "tiny" },
    { kind: "open", model: "tiny", contextLength: 4096 },
    { kind: "prepare", ...about, settings: { ...MODEL.defaults, minP: 0.2, seed: 3 } },
    { kind: "ask", turn: "1", text: "1 + 1", ...about, settings: { ...MODEL.defaults, minP: 0.2, seed: 3 } },
    { kind: "stop" },
  ]);
});
