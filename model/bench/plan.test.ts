import { expect, test } from "vitest";
import { parsePlan } from "./plan";

test("a context given twice is timed twice; a position of the kernels given twice is looked at once", () => {
  expect(parsePlan({ contexts: "40,40", "kernels-at": "16,128,16" })).toEqual({
    contexts: [40, 40],
    kernelsAt: [16, 128],
  });
});
