import { expect, test } from "vitest";
import { failureOf } from "../../state/testing/events";
import { deviceReport } from "./device-report";

const FACTS = {
  ...{ adapter: "a card", isSoftwareAdapter: false, features: ["timestamp-query"], wgslFeatures: [] },
  limits: { maxBufferSize: 268_435_456 },
};

test("a report has a line for each thing that a bug may be due to", () => {
  const report = deviceReport({
    device: { facts: FACTS, isMeasuring: false, bytesPerSecond: 1.2345e12, fault: null },
    storage: { usedBytes: 12, freeBytes: 34, isPersistent: true },
    engine: { status: "opening", progress: null },
    userAgent: "a browser",
  });
  expect(report.split("\n").slice(1)).toEqual([
    "Browser: a browser",
    "Adapter: a card",
    "Features: timestamp-query",
    "WGSL features: none",
    "Limits:",
    "  maxBufferSize: 268435456",
    "Memory bandwidth: 1234.5 GB/s",
    "Model: being opened",
    "Storage: 12 bytes used, 34 free, persistent",
  ]);
  expect(report).toMatch(/^Longhand \d+\.\d+\.\d+ \(.+\)\n/);
});

test("without a device, and with an engine that failed, it says so", () => {
  const failure = failureOf("UnsupportedGpuError");
  const report = deviceReport({
    device: { facts: null, isMeasuring: false, bytesPerSecond: undefined, fault: failure },
    storage: undefined,
    engine: { status: "failed", failure },
    userAgent: "a browser",
  });
  expect(report).toContain("Adapter: none found");
  expect(report).toContain("Device fault: UnsupportedGpuError");
  expect(report).toContain("Model: failed: UnsupportedGpuError");
  expect(report).toContain("Storage: not told");
});
