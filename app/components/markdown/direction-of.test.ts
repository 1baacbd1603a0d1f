import { expect, test } from "vitest";
import { directionOf } from "./direction-of";

test.each([
  [["It is שלום."], "ltr"],
  [["**שלום** world."], "rtl"],
  [["12, «مرحبا» to all."], "rtl"],
  [["$x$ ו־\\(y\\)"], "rtl"],
  [["`f(x)` שווה"], "rtl"],
  [["``a ` b`` שווה"], "rtl"],
  [["$x = 1$; ", "שלום. ", "And so on. "], "rtl"],
  [["1 + 2 = 3 "], undefined],
])("%j runs %s", (parts, direction) => {
  expect(directionOf(parts)).toBe(direction);
});
