import { expect, test } from "vitest";
import { Pace } from "./pace";

/** Reports `msPerToken` for as many tokens as the pace asks for, `times` times. */
function settle(pace: Pace, clock: { ms: number }, msPerToken: number, times: number): number {
  for (let i = 0; i < times; i++) {
    const tokens = pace.tokensPerSubmit;
    clock.ms += tokens * msPerToken;
    pace.observe(tokens);
  }
  return pace.tokensPerSubmit;
}

test.each([
  { msPerToken: 100, tokens: 1 },
  { msPerToken: 21, tokens: 1 },
  { msPerToken: 6, tokens: 3 },
  { msPerToken: 1, tokens: 8 },
])("$msPerToken ms a token: $tokens per submit", ({ msPerToken, tokens }) => {
  const clock = { ms: 0 };
  expect(settle(new Pace(undefined, () => clock.ms), clock, msPerToken, 12)).toBe(tokens);
});

test("slows down at once when the device does", () => {
  const clock = { ms: 0 };
  const pace = new Pace(undefined, () => clock.ms);
  settle(pace, clock, 1, 12);
  expect(settle(pace, clock, 50, 1)).toBe(1);
});

test("a fixed pace stays", () => {
  const clock = { ms: 0 };
  expect(settle(new Pace(5, () => clock.ms), clock, 1, 12)).toBe(5);
});
