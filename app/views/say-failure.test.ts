import { expect, test } from "vitest";
import { ENGLISH, loadWords } from "../words/words";
import { sayFailure } from "./say-failure";

const FAILURE = { name: "QuotaError", message: "The model needs 12 MB more.", canRetry: true } as const;

test("the engine's own sentence is shown in English", () => {
  expect(sayFailure(ENGLISH, FAILURE)).toEqual({ message: FAILURE.message, detail: undefined });
  expect(sayFailure(ENGLISH, { ...FAILURE, detail: "stack" }).detail).toBe("QuotaError: stack");
});

test("in German it stands in the details, with its numbers", async () => {
  const { message, detail } = sayFailure(await loadWords("de"), { ...FAILURE, detail: "stack" });
  expect(message).toMatch(/^Für das Modell/);
  expect(detail).toBe("QuotaError: The model needs 12 MB more.\nstack");
});
