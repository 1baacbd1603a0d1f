import type { Gpu } from "./device";

/**
 * Does something that the device may refuse without harm: more memory for what can be done without. The work must not
 * wait for anything.
 *
 * @returns what the work made, and whether the device accepted it, which it says only later. What it refused may be
 *   destroyed, but not used.
 */
export function attempt<T>(gpu: Gpu, work: () => T): { made: T; isAccepted: Promise<boolean> } {
  gpu.device.pushErrorScope("validation");
  gpu.device.pushErrorScope("out-of-memory");
  const made = work();
  const errors = Promise.all([gpu.device.popErrorScope(), gpu.device.popErrorScope()]);
  // A lost device tells so elsewhere.
  return {
    made,
    isAccepted: errors.then(
      (found) => found.every((error) => error === null),
      () => false,
    ),
  };
}
