import { expect, test } from "vitest";
import { failureOf } from "./failure";

test("an expected error keeps its name and sentence", () => {
  const error = Object.assign(new Error("weights-0003.bin is damaged."), { name: "ModelFileError" });
  expect(failureOf(error)).toEqual({ name: "ModelFileError", message: "weights-0003.bin is damaged.", canRetry: true });
});

test("a graphics card without room for the model says so", () => {
  const error = Object.assign(new Error("allocating the weights: Out of memory"), { name: "GpuFaultError" });
  expect(failureOf(error)).toMatchObject({ name: "GpuMemoryError", canRetry: true, detail: error.message });
  const fault = Object.assign(new Error("compiling: unknown identifier"), { name: "GpuFaultError" });
  expect(failureOf(fault).name).toBe("UnexpectedError");
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
