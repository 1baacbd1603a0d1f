import type { Failure, FailureName } from "./protocol";

/** What each expected error means for the page: whether trying again may help. */
const CAN_RETRY: Readonly<Record<Exclude<FailureName, "UnexpectedError">, boolean>> = {
  UnsupportedGpuError: true,
  DeviceLostError: true,
  GpuMemoryError: true,
  AlreadyOpenError: true,
  TakenOverError: true,
  ModelNotStoredError: false,
  ModelFileError: true,
  StorageError: true,
  QuotaError: true,
  PromptTooLongError: false,
  EmptyPromptError: false,
  AddressError: false,
  ConnectionError: true,
  UnauthorizedError: true,
  ForbiddenError: true,
  NotFoundError: true,
  RangeNotSatisfiableError: true,
  RangeIgnoredError: false,
  TooManyRequestsError: true,
  ServerRefusalError: true,
  UpstreamChangedError: true,
  ManifestError: false,
  SafetensorsError: false,
  CheckpointError: false,
  ConfigError: false,
  TokenizerError: false,
  ChatTemplateError: false,
  GenerationConfigError: false,
  UnstorableValueError: false,
  AbortError: true,
};

/** What drivers say when they have no more memory to give. */
const NO_MEMORY = /out[ -]of[ -]memory|memory allocation|not enough memory|failed to allocate|binds at most/i;

/** An error as the page shows it. Expected ones carry their own sentence; anything else is unexpected. */
export function failureOf(error: unknown): Failure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (name === "AbortError")
    return { name, message: "The download was stopped. What has arrived is kept.", canRetry: true };
  if (name === "GpuFaultError" && NO_MEMORY.test(message))
    return {
      name: "GpuMemoryError",
      message:
        "The graphics card has not enough memory for this model. Close what else uses it, or open a smaller one.",
      canRetry: true,
      detail: message,
    };
  if (isExpected(name)) return { name, message, canRetry: CAN_RETRY[name] };
  return {
    name: "UnexpectedError",
    message: "Something in the engine went wrong that should not. Your text is still here; try again.",
    canRetry: true,
    detail: `${name}: ${message}${stack ? `\n${stack}` : ""}`,
  };
}

const isExpected = (name: string): name is keyof typeof CAN_RETRY => Object.hasOwn(CAN_RETRY, name);
