import { BUILD } from "../../build";
import type { StorageUse } from "../../library/protocol";
import type { EngineState } from "../../state/engine-state";
import type { DeviceState } from "../../state/library-state";

interface Reported {
  readonly device: DeviceState;
  readonly storage: StorageUse | undefined;
  readonly engine: EngineState;
  readonly userAgent: string;
}

/**
 * What a bug report needs to know of this device, in lines of plain text. English whatever the language of the page:
 * developers read it. Nothing of conversations is in it.
 */
export function deviceReport({ device, storage, engine, userAgent }: Reported): string {
  const { facts, bytesPerSecond, fault } = device;
  const limits = Object.entries(facts?.limits ?? {}).map(([name, value]) => `  ${name}: ${value}`);
  return [
    `Longhand ${BUILD}`,
    `Browser: ${userAgent}`,
    `Adapter: ${facts ? `${facts.adapter}${facts.isSoftwareAdapter ? " (software)" : ""}` : "none found"}`,
    `Features: ${listed(facts?.features)}`,
    `WGSL features: ${listed(facts?.wgslFeatures)}`,
    ...(limits.length > 0 ? ["Limits:", ...limits] : []),
    `Memory bandwidth: ${bytesPerSecond === undefined ? "not measured" : `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`}`,
    ...(fault ? [`Device fault: ${fault.name}: ${fault.message}`] : []),
    `Model: ${modelLine(engine)}`,
    `Storage: ${storageLine(storage)}`,
  ].join("\n");
}

const listed = (names: readonly string[] = []): string => names.join(", ") || "none";

function modelLine(engine: EngineState): string {
  if (engine.status === "opening") return "being opened";
  if (engine.status === "failed") {
    const { name, message, detail } = engine.failure;
    return `failed: ${name}: ${message}${detail ? ` (${detail})` : ""}`;
  }
  const { id, name, parameters, storedBytes, contextLength } = engine.model;
  return `${name} (${id}), ${parameters} parameters, ${storedBytes} bytes, context ${contextLength}`;
}

function storageLine(storage: StorageUse | undefined): string {
  if (!storage) return "not told";
  const { usedBytes, freeBytes, isPersistent } = storage;
  return `${usedBytes} bytes used, ${freeBytes} free, ${isPersistent ? "persistent" : "not persistent"}`;
}
