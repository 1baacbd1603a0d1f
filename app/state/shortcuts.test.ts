import { expect, test } from "vitest";
import { createShortcuts, type Press } from "./shortcuts";

/** A press of keys, in a field when said so. */
function press(key: string, held: Partial<Press> = {}, isInField = false) {
  const event = {
    ...{ key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
    ...{ isComposing: false, defaultPrevented: false, isUsed: false },
    target: { matches: () => isInField } as unknown as EventTarget,
    preventDefault() {
      event.isUsed = true;
    },
    ...held,
  };
  return event;
}

const CTRL = { ctrlKey: true };
const CTRL_SHIFT = { ctrlKey: true, shiftKey: true };

function registered({ isApple = false, hasSingleKeys = true } = {}) {
  const done: string[] = [];
  const shortcuts = createShortcuts(isApple, () => hasSingleKeys);
  for (const name of ["newConversation", "settings", "stop", "shortcuts", "answerNow", "regenerate"] as const)
    shortcuts.register(name, () => done.push(name));
  return { shortcuts, done };
}

test("keys do what they stand for, and nothing with others held", () => {
  const { shortcuts, done } = registered();
  const used = press("O", CTRL_SHIFT);
  shortcuts.press(used);
  expect(used.isUsed).toBe(true);
  shortcuts.press(press(",", CTRL));
  shortcuts.press(press("Enter", CTRL));
  shortcuts.press(press("Enter", CTRL_SHIFT));
  for (const held of [{ altKey: true }, { metaKey: true }]) shortcuts.press(press(",", { ...CTRL, ...held }));
  shortcuts.press(press("o", CTRL));
  expect(done).toEqual(["newConversation", "settings", "answerNow", "regenerate"]);
});

test("on Apple's systems ⌘ stands for Ctrl", () => {
  const { shortcuts, done } = registered({ isApple: true });
  shortcuts.press(press(",", CTRL));
  shortcuts.press(press(",", { metaKey: true }));
  expect(done).toEqual(["settings"]);
});

test("a single key is for the field that it is typed in; Escape and held keys are not", () => {
  const { shortcuts, done } = registered();
  shortcuts.press(press("?", { shiftKey: true }, true));
  shortcuts.press(press("Escape", {}, true));
  shortcuts.press(press(",", CTRL, true));
  shortcuts.press(press("?", { shiftKey: true }));
  expect(done).toEqual(["stop", "settings", "shortcuts"]);
});

test("single keys can be switched off", () => {
  const { shortcuts, done } = registered({ hasSingleKeys: false });
  shortcuts.press(press("?"));
  shortcuts.press(press("Escape"));
  expect(done).toEqual(["stop"]);
});

test("what somebody else has used, or what chooses a character, is left alone", () => {
  const { shortcuts, done } = registered();
  shortcuts.press(press("Escape", { defaultPrevented: true }));
  shortcuts.press(press("Escape", { isComposing: true }));
  expect(done).toEqual([]);
});

test("on a keyboard without Latin letters the place of the key counts", () => {
  const { shortcuts, done } = registered();
  shortcuts.press(press("Щ", { ...CTRL_SHIFT, code: "KeyO" }));
  expect(done).toEqual(["newConversation"]);
});

test("the last one registered acts, and the one before when it is gone; without any, the browser's own goes on", () => {
  const shortcuts = createShortcuts(false, () => true);
  const done: string[] = [];
  const unregister = [1, 2].map((number) => shortcuts.register("stop", () => done.push(`${number}`)));
  shortcuts.press(press("Escape"));
  unregister[1]?.();
  shortcuts.press(press("Escape"));
  unregister[0]?.();
  const unused = press("Escape");
  shortcuts.press(unused);
  expect(done).toEqual(["2", "1"]);
  expect(unused.isUsed).toBe(false);
});
