import { ChartLine, Check, Copy, Gauge } from "lucide-react";
import { useEffect, useId } from "react";
import { Button } from "../../components/button";
import { Fault } from "../../components/fault";
import { useCopy } from "../../components/use-copy";
import { occupationOf } from "../../state/session-state";
import { useWords } from "../../words/words-context";
import { useLibrary, useLibraryState } from "../library-context";
import { sayFailure } from "../say-failure";
import { useSessionState } from "../session-context";
import { DeviceFactsList } from "./device-facts-list";
import { deviceReport } from "./device-report";

/** From here on the bench begins with the published sizes. */
const LARGE_PARAMETERS = 1e9;

/** What this device has for models: storage, graphics, and how fast it is; all of it to be copied for a bug report. */
export function DeviceSection() {
  const words = useWords();
  const { t } = words;
  const library = useLibrary();
  const titleId = useId();
  const device = useLibraryState((state) => state.device);
  const storage = useLibraryState((state) => state.storage);
  const engine = useSessionState((state) => state.engine);
  const isLarge = engine.status === "ready" && engine.model.parameters > LARGE_PARAMETERS;
  const { isCopied, copy } = useCopy();
  const CopySign = isCopied ? Check : Copy;
  useEffect(() => library.describeDevice(), [library]);
  return (
    <section className="device" aria-labelledby={titleId}>
      <h3 id={titleId}>{t("device.title")}</h3>
      <DeviceFactsList device={device} storage={storage} />
      {/* Without facts the list says what is wrong. */}
      {device.facts && device.fault && <Fault {...sayFailure(words, device.fault)} />}
      <div className="flex flex-wrap items-center gap-2">
        {device.facts && <MeasureButton isMeasuring={device.isMeasuring} />}
        <a className="button button-quiet" href={isLarge ? "bench.html?config=full" : "bench.html"}>
          <ChartLine aria-hidden className="size-4" />
          {t("device.bench")}
        </a>
        <Button onClick={() => copy(deviceReport({ device, storage, engine, userAgent: navigator.userAgent }))}>
          <CopySign aria-hidden className="size-4" />
          {t(isCopied ? "turn.copied" : "device.copy")}
        </Button>
      </div>
    </section>
  );
}

/** Nothing else may use the card meanwhile, or both would be slow and the figure wrong. */
function MeasureButton({ isMeasuring }: { isMeasuring: boolean }) {
  const { t } = useWords();
  const library = useLibrary();
  const hintId = useId();
  const occupation = useSessionState(occupationOf);
  const isWorking = useLibraryState(({ jobs }) => Object.keys(jobs).length > 0);
  const obstacle = occupation ?? (isWorking ? "working" : null);
  const isBusy = obstacle !== null;
  useEffect(() => {
    if (isBusy) library.stopMeasuring();
  }, [isBusy, library]);
  useEffect(() => library.stopMeasuring, [library]);
  if (isMeasuring) return <Button onClick={library.stopMeasuring}>{t("device.stop")}</Button>;
  return (
    <>
      <Button
        aria-disabled={isBusy}
        aria-describedby={isBusy ? hintId : undefined}
        onClick={() => !isBusy && library.measureDevice()}
      >
        <Gauge aria-hidden className="size-4" />
        {t("device.measure")}
      </Button>
      {obstacle && (
        <span id={hintId} className="text-sm text-muted">
          {t(`device.notNow.${obstacle}`)}
        </span>
      )}
    </>
  );
}
