import { expect, test } from "vitest";
import { createReasoningSplitter } from "./reasoning-splitter";
import { spellReply } from "./spell-reply";

test.each([
  { reasoning: "20 / 4 = 5", answer: "The answer is $\\boxed{5}$." },
  { reasoning: "  20 / 4 = 5\n\nSo", answer: "" },
  { reasoning: "", answer: "5" },
  { reasoning: "", answer: "" },
])("splitting what was spelled gives the same parts: %o", (reply) => {
  const splitter = createReasoningSplitter();
  const first = splitter.push(spellReply(reply));
  const rest = splitter.flush();
  expect({ reasoning: first.reasoning + rest.reasoning, answer: first.answer + rest.answer }).toEqual(reply);
});

test("a reply goes on where it was cut", () => {
  const splitter = createReasoningSplitter();
  splitter.push(spellReply({ reasoning: "20 / 4", answer: "" }));
  expect(splitter.push(" = 5\n</think>\n\n5")).toEqual({ reasoning: " = 5", answer: "5" });
});
