import { expect, test } from "vitest";
import { failureOf } from "./failure";

test("an expected error keeps its name and sentence", () => {
  const error = Object.assign(new Error("weights-0003.bin is damaged."), { name: "ModelFileError" });
  expect(failureOf(error)).toEqual({ name: "ModelFileError", message: "weights-0003.bin is damaged.", canRetry: true });
});

test("an aborted download says that nothing is lost", () => {
  expect(failureOf(new DOMException("signal is aborted", "AbortError"))).toMatchObject({
    name: "AbortError",
    message: "The download was stopped. What has arrived is kept.",
  });
});

test.each([new TypeError("x is not a function"), "a string"])(
  "anything else is unexpected, with its details (%s)",
  (error) => {
    const failure = failureOf(error);
    expect(failure.name).toBe("UnexpectedError");
    expect(failure.detail).toContain(error instanceof Error ? error.message : error);
  },
);
