import type { DeviceFacts, StorageUse } from "../../library/protocol";
import type { DeviceState } from "../../state/library-state";
import type { Words } from "../../words/words";
import { useWords } from "../../words/words-context";
import { sayFailure } from "../say-failure";

interface DeviceFactsListProps {
  device: DeviceState;
  storage: StorageUse | undefined;
}

/** Storage and graphics of this device, by name. */
export function DeviceFactsList({ device, storage }: DeviceFactsListProps) {
  const words = useWords();
  const { t } = words;
  const { facts, fault } = device;
  return (
    <dl className="cost">
      <StorageFacts storage={storage} />
      <dt>{t("cost.adapter")}</dt>
      <dd>{facts ? facts.adapter : fault ? sayFailure(words, fault).message : "…"}</dd>
      {facts && <GraphicsFacts facts={facts} />}
      <dt>{t("device.bandwidth")}</dt>
      <dd>
        <span role="status">{sayBandwidth(words, device)}</span>
      </dd>
    </dl>
  );
}

function StorageFacts({ storage }: { storage: StorageUse | undefined }) {
  const { t, format } = useWords();
  return (
    <>
      <dt>{t("device.storageUsed")}</dt>
      <dd>
        {storage ? t("device.storageUsedBy", { used: format.bytes(storage.usedBytes) }) : t("device.storageUnknown")}
      </dd>
      {storage && (
        <>
          <dt>{t("device.storageFree")}</dt>
          <dd>{format.bytes(storage.freeBytes)}</dd>
          <dt>{t("device.kept")}</dt>
          <dd>{t(storage.isPersistent ? "device.persistent" : "device.notPersistent")}</dd>
        </>
      )}
    </>
  );
}

function GraphicsFacts({ facts }: { facts: DeviceFacts }) {
  const { t } = useWords();
  const { features, limits } = facts;
  return (
    <>
      <dt>{t("device.features")}</dt>
      <dd className="break-words">{features.join(", ") || t("device.none")}</dd>
      <dt>{t("device.limits")}</dt>
      <dd>
        <details>
          <summary className="w-fit">{t("device.showLimits")}</summary>
          <ul className="mt-1 space-y-0.5 font-mono text-xs break-words" lang="en">
            {Object.entries(limits).map(([name, value]) => (
              <li key={name}>{`${name} ${value}`}</li>
            ))}
          </ul>
        </details>
      </dd>
    </>
  );
}

function sayBandwidth({ t, format }: Words, { isMeasuring, bytesPerSecond }: DeviceState): string {
  if (isMeasuring) return t("device.measuring");
  if (bytesPerSecond === undefined) return t("device.notMeasured");
  return t("device.rate", { rate: `${format.bytes(bytesPerSecond)}/s` });
}
