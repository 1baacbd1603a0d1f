import { Fault } from "../components/fault";
import type { Failure } from "../engine/protocol";
import { SHIPPED_MODEL } from "../library/sources";
import type { Session } from "../state/session";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";
import { sayFailure } from "./say-failure";
import { useSession, useSessionState } from "./session-context";

/** The engine cannot be used: why, and what can be done. */
export function EngineFault() {
  const session = useSession();
  const words = useWords();
  const failure = useSessionState(({ engine }) => (engine.status === "failed" ? engine.failure : null));
  if (!failure) return null;
  return (
    <Fault {...sayFailure(words, failure)} {...wayOn(failure, session, words)}>
      {failure.name === "UnsupportedGpuError" && <WhichBrowsers />}
    </Fault>
  );
}

/** What the button below a fault does. */
function wayOn({ name, canRetry }: Failure, session: Session, { t }: Words) {
  if (name === "AlreadyOpenError" || name === "TakenOverError")
    return { onRetry: session.takeOver, retryLabel: t("fault.useHere") };
  if (name === "ModelNotStoredError")
    return { onRetry: () => session.openModel(SHIPPED_MODEL), retryLabel: t("fault.openTiny") };
  return canRetry ? { onRetry: session.open } : {};
}

function WhichBrowsers() {
  const { t } = useWords();
  return (
    <div className="space-y-2 text-sm text-muted">
      <p>{t("fault.needsWebGpu")}</p>
      <ul className="list-disc space-y-1 ps-5">
        <li>{t("fault.chrome")}</li>
        <li>{t("fault.safari")}</li>
        <li>{t("fault.firefox")}</li>
      </ul>
      <p>
        {t("fault.onLinux")} <code>chrome://flags/#enable-unsafe-webgpu</code>
      </p>
    </div>
  );
}
