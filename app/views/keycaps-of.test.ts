import { expect, test } from "vitest";
import { ENGLISH, loadWords } from "../words/words";
import { keycapsOf, keysInWords } from "./keycaps-of";

test("keys are called as on the system, in its language", async () => {
  const asking = { key: "Enter", mod: true };
  expect(keysInWords(asking, ENGLISH, false)).toBe("Ctrl+Enter");
  expect(keysInWords(asking, ENGLISH, true)).toBe("⌘↩");
  expect(keysInWords(asking, await loadWords("de"), false)).toBe("Strg+Eingabe");
  expect(keycapsOf({ key: "c", mod: true, shift: true }, ENGLISH, false)).toEqual(["Ctrl", "Shift", "C"]);
});
