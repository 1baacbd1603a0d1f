import { expect, test } from "vitest";
import type { LibraryEvent, LibraryRequest, Source } from "../library/protocol";
import { createLibrary } from "./library";
import { rememberIn } from "./remembered";
import { failureOf } from "./testing/events";

const SOURCE: Source = { kind: "hugging-face", baseUrl: "https://h", repository: "a/b", revision: "main", token: "t" };

function connected(memory = new Map<string, string>()) {
  const sent: LibraryRequest[] = [];
  let tell: (event: LibraryEvent) => void = () => {};
  let now = 0;
  const storage = {
    getItem: (key: string) => memory.get(key) ?? null,
    setItem: (key: string, value: string) => void memory.set(key, value),
  };
  const library = createLibrary(
    (listen) => {
      tell = listen;
      return { send: (request) => sent.push(request) };
    },
    rememberIn(() => storage, "tiny"),
    () => now,
  );
  const at = (atMs: number, event: LibraryEvent) => {
    now = atMs;
    tell(event);
  };
  return { library, sent, at, memory, state: () => library.store.getState() };
}

const progress = (doneBytes: number): LibraryEvent => {
  return { kind: "progress", model: "large", work: "getting", doneBytes, totalBytes: 1_000 };
};

test("getting a model: progress, speed, pause, and on from where it was", () => {
  const { library, sent, at, state } = connected();
  library.get("large", SOURCE);
  library.get("large", SOURCE);
  expect(sent).toEqual([{ kind: "get", model: "large", source: SOURCE }]);
  at(0, progress(100));
  at(2_000, progress(300));
  expect(state().jobs.large).toMatchObject({ doneBytes: 300, totalBytes: 1_000, rate: { bytesPerSecond: 100 } });
  library.pause("large");
  expect(state().jobs.large?.isEnding).toBe(true);
  at(2_100, { kind: "ended", model: "large", work: "getting", outcome: { kind: "paused" } });
  expect(state().jobs).toEqual({});
  const source = library.sourceOf("large");
  expect(source).toEqual(SOURCE);
});

test("after a reload the source is still known, without the token", () => {
  const memory = new Map<string, string>();
  connected(memory).library.get("large", SOURCE);
  expect([...memory.values()].join()).not.toContain('"t"');
  const { token: _, ...rest } = SOURCE as Extract<Source, { kind: "hugging-face" }>;
  expect(connected(memory).library.sourceOf("large")).toEqual(rest);
  memory.set("longhand-source:large", '{"kind":"hugging-face","baseUrl":7}');
  expect(connected(memory).library.sourceOf("large")).toBeUndefined();
});

test("picked files are known until the page is closed", () => {
  const memory = new Map<string, string>();
  const { library } = connected(memory);
  library.get("large", { kind: "picked", files: [] });
  expect(library.sourceOf("large")).toEqual({ kind: "picked", files: [] });
  expect(connected(memory).library.sourceOf("large")).toBeUndefined();
});

test("a fault ends the job and is gone with the next attempt", () => {
  const { library, at, state } = connected();
  library.get("large", SOURCE);
  at(0, { kind: "faulted", model: "large", failure: failureOf("ConnectionError") });
  expect(state()).toMatchObject({ jobs: {}, faults: { large: { name: "ConnectionError" } } });
  library.get("large", SOURCE);
  expect(state().faults).toEqual({});
});

test("deleting ends what is being done first, and is over with its own end only", () => {
  const { library, sent, at, state } = connected();
  library.get("large", SOURCE);
  library.remove("large");
  expect(sent.at(-1)).toEqual({ kind: "delete", model: "large" });
  at(0, { kind: "ended", model: "large", work: "getting", outcome: { kind: "paused" } });
  expect(state().jobs.large?.work).toBe("deleting");
  at(1, { kind: "ended", model: "large", work: "deleting", outcome: { kind: "done" } });
  expect(state().jobs).toEqual({});
});

test("how verifying ended is known until the next thing is done", () => {
  const { library, at, state } = connected();
  library.verify("large");
  const outcome = { kind: "verified", pieces: 12, repaired: 1 } as const;
  at(0, { kind: "ended", model: "large", work: "verifying", outcome });
  expect(state().verified.large).toEqual(outcome);
  library.verify("large");
  expect(state().verified.large).toBeUndefined();
});

test("when the worker is gone, so are its jobs", () => {
  const { library, at, state } = connected();
  library.get("large", SOURCE);
  library.verify("tiny");
  at(0, { kind: "faulted", model: "", failure: failureOf("UnexpectedError") });
  expect(state().jobs).toEqual({});
  expect(state().device.fault?.name).toBe("UnexpectedError");
});

test("when the worker is gone, so is what it was asked about the device, and only that", () => {
  const { library, at, state } = connected();
  const facts = { adapter: "a test", isSoftwareAdapter: true, features: [], wgslFeatures: [], limits: {} };
  const gone: LibraryEvent = { kind: "faulted", model: "", failure: failureOf("UnexpectedError") };
  at(0, { kind: "device", device: facts });
  at(1, gone);
  expect(state().device.fault).toBeNull();
  library.measureDevice();
  at(2, gone);
  expect(state().device).toMatchObject({ facts, isMeasuring: false, fault: { name: "UnexpectedError" } });
});

test("a browser that remembers nothing is no reason to stop", () => {
  const remembered = rememberIn(() => {
    throw new DOMException("denied", "SecurityError");
  }, "tiny");
  remembered.setModel("large");
  expect(remembered.model()).toBe("tiny");
});

test("the device is measured once at a time; a stopped measuring leaves the figure of before", () => {
  const { library, sent, at, state } = connected();
  library.stopMeasuring();
  library.measureDevice();
  library.measureDevice();
  expect(sent).toEqual([{ kind: "measure-device" }]);
  at(0, { kind: "device-measured", bytesPerSecond: 1e9 });
  library.measureDevice();
  expect(state().device).toMatchObject({ isMeasuring: true, bytesPerSecond: 1e9 });
  library.stopMeasuring();
  at(1, { kind: "device-measured", bytesPerSecond: undefined });
  expect(state().device).toMatchObject({ isMeasuring: false, bytesPerSecond: 1e9 });
  library.measureDevice();
  at(2, { kind: "device-faulted", failure: failureOf("UnsupportedGpuError") });
  expect(state().device).toMatchObject({ isMeasuring: false, fault: { name: "UnsupportedGpuError" } });
});
