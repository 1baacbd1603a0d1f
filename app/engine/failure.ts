import type { Failure, FailureName } from "./protocol";

/** What each expected error means for the page: whether trying again may help. */
const CAN_RETRY: Readonly<Record<Exclude<FailureName, "UnexpectedError">, boolean>> = {
  UnsupportedGpuError: true,
  DeviceLostError: true,
  ModelFileError: true,
  StorageError: true,
  QuotaError: true,
  PromptTooLongError: false,
  EmptyPromptError: false,
  AbortError: true,
};

/** An error as the page shows it. Expected ones carry their own sentence; anything else is unexpected. */
export function failureOf(error: unknown): Failure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (name === "AbortError")
    return { name, message: "The download was stopped. What has arrived is kept.", canRetry: true };
  if (isExpected(name)) return { name, message, canRetry: CAN_RETRY[name] };
  return {
    name: "UnexpectedError",
    message: "Something in the engine went wrong that should not. Your text is still here; try again.",
    canRetry: true,
    detail: `${name}: ${message}${stack ? `\n${stack}` : ""}`,
  };
}

const isExpected = (name: string): name is keyof typeof CAN_RETRY => Object.hasOwn(CAN_RETRY, name);
