import { Fault } from "../components/fault";
import type { Failure } from "../engine/protocol";
import { SHIPPED_MODEL } from "../library/sources";
import type { Session } from "../state/session";
import { useSession, useSessionState } from "./session-context";

/** The engine cannot be used: why, and what can be done. */
export function EngineFault() {
  const session = useSession();
  const failure = useSessionState(({ engine }) => (engine.status === "failed" ? engine.failure : null));
  if (!failure) return null;
  return (
    <Fault
      message={failure.message}
      detail={failure.detail && `${failure.name}: ${failure.detail}`}
      {...wayOn(failure, session)}
    >
      {failure.name === "UnsupportedGpuError" && <WhichBrowsers />}
    </Fault>
  );
}

/** What the button below a fault does. */
function wayOn({ name, canRetry }: Failure, session: Session) {
  if (name === "AlreadyOpenError" || name === "TakenOverError")
    return { onRetry: session.takeOver, retryLabel: "Use it in this tab" };
  if (name === "ModelNotStoredError")
    return { onRetry: () => session.openModel(SHIPPED_MODEL), retryLabel: "Open Longhand Tiny" };
  return canRetry ? { onRetry: session.open } : {};
}

function WhichBrowsers() {
  return (
    <div className="space-y-2 text-sm text-muted">
      <p>Longhand computes on the graphics card through WebGPU. These browsers have it:</p>
      <ul className="list-disc space-y-1 pl-5">
        <li>Chrome and Edge 113 or newer on Windows, macOS and ChromeOS; Chrome 121 or newer on Android 12</li>
        <li>Safari 26 or newer on macOS, iPhone and iPad</li>
        <li>Firefox 141 or newer on Windows, 145 or newer on Macs with Apple silicon</li>
      </ul>
      <p>
        On Linux, Chrome may need <code>chrome://flags/#enable-unsafe-webgpu</code>. If yours is one of these, check
        that graphics acceleration is switched on in its settings.
      </p>
    </div>
  );
}
