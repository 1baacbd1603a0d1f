import { openGpu } from "@gpu/device";
import { examineModel } from "@model/library/examine-model";
import { getModel } from "@model/library/get-model";
import { listModels } from "@model/library/list-models";
import { roomForModel } from "@model/library/make-room";
import { acquireSoon, type PatientLockOptions } from "@model/library/patient-lock";
import { verifyModel } from "@model/library/verify-model";
import { AlreadyOpenError } from "@model/weights/lock";
import { type ModelStore, openModelStore } from "@model/weights/store";
import { failureOf } from "../engine/failure";
import { describeDevice, measureDevice, stopMeasuring } from "./device";
import type { LibraryEvent, LibraryRequest, Outcome, Work } from "./protocol";
import { storageUse } from "./storage-use";

type About<Kind extends LibraryRequest["kind"]> = Extract<LibraryRequest, { kind: Kind }>;
type Report = (bytes: { readonly doneBytes: number; readonly totalBytes: number }) => void;

/** Progress is told at most this often: ten times a second is more than anybody reads. */
const TOLD_EVERY_MS = 100;

/** What is being done with each model. */
const running = new Map<string, { abort: AbortController; ended: Promise<void> }>();

const say = (event: LibraryEvent): void => postMessage(event);

addEventListener("message", ({ data }: MessageEvent<LibraryRequest>) => {
  answer(data).catch((error: unknown) =>
    say({ kind: "faulted", model: "model" in data ? data.model : "", failure: failureOf(error) }),
  );
});

async function answer(request: LibraryRequest): Promise<void> {
  switch (request.kind) {
    case "list":
      return withStore(sayModels);
    case "examine":
      return working(request.model, "examining", (signal) => examine(request, signal));
    case "get":
      return working(request.model, "getting", (signal, report) => get(request, signal, report));
    case "verify":
      return working(request.model, "verifying", (signal, onProgress) => verify(request.model, signal, onProgress));
    case "pause":
      return end(request.model);
    case "delete":
      await end(request.model);
      return working(request.model, "deleting", (signal) => remove(request.model, signal));
    case "describe-device":
      return describeDevice().then(say, sayDeviceFault);
    case "measure-device":
      return measureDevice().then(say, sayDeviceFault);
    case "stop-measuring":
      return stopMeasuring();
  }
}

async function end(model: string): Promise<void> {
  const work = running.get(model);
  work?.abort.abort();
  await work?.ended;
}

/** Does one thing at a time with a model, and tells how it ended. */
async function working(
  model: string,
  work: Work,
  run: (signal: AbortSignal, report: Report) => Promise<Outcome>,
): Promise<void> {
  if (running.has(model)) return;
  const abort = new AbortController();
  const done = run(abort.signal, reporter(model, work));
  running.set(model, { abort, ended: done.then(nothing, nothing) });
  try {
    const outcome = await done;
    running.delete(model);
    say({ kind: "ended", model, work, outcome });
  } catch (error) {
    running.delete(model);
    if (!abort.signal.aborted) throw error;
    say({ kind: "ended", model, work, outcome: { kind: "paused" } });
  } finally {
    if (work !== "examining") await withStore(sayModels);
  }
}

const nothing = () => {};

function reporter(model: string, work: Work): Report {
  let toldAt = Number.NEGATIVE_INFINITY;
  return ({ doneBytes, totalBytes }) => {
    const now = performance.now();
    // With the first progress something of it is stored, and belongs into the list.
    if (toldAt === Number.NEGATIVE_INFINITY) withStore(sayModels).catch(nothing);
    if (now - toldAt < TOLD_EVERY_MS && doneBytes < totalBytes) return;
    toldAt = now;
    say({ kind: "progress", model, work, doneBytes, totalBytes });
  };
}

async function withStore<T>(work: (store: ModelStore) => Promise<T>): Promise<T> {
  const store = await openModelStore();
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

const sayModels = async (store: ModelStore): Promise<void> =>
  say({ kind: "models", models: await listModels(store), storage: await storageUse() });

const sayDeviceFault = (error: unknown): void => say({ kind: "device-faulted", failure: failureOf(error) });

async function examine({ model, source }: About<"examine">, signal: AbortSignal): Promise<Outcome> {
  const gpu = await openGpu();
  try {
    const freeBytes = await withStore(roomForModel);
    say({ kind: "examined", model, examination: await examineModel(gpu, source, freeBytes, signal) });
    return { kind: "done" };
  } finally {
    gpu.device.destroy();
  }
}

/** Does something that no other tab may do at the same time. @param sentence what to say when one does. */
async function locked(
  name: string,
  options: PatientLockOptions,
  sentence: string,
  work: (lost: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const lock = await acquireSoon(name, options).catch((error: unknown) => {
    throw error instanceof AlreadyOpenError ? new AlreadyOpenError(sentence) : error;
  });
  try {
    return await work(lock.lost);
  } catch (error) {
    throw lock.lost.aborted ? lock.lost.reason : error;
  } finally {
    lock.release();
  }
}

function get({ model, source, startOver, takeOver }: About<"get">, signal: AbortSignal, onProgress: Report) {
  const sentence = "Another tab is getting this model, or has it open. It can go on there, or here.";
  return locked(model, { signal, steal: takeOver }, sentence, async (lost) => {
    const either = AbortSignal.any([signal, lost]);
    await withStore((store) => getModel({ store, model, source, startOver, signal: either, onProgress }));
    return { kind: "done" };
  });
}

/** While a model is open it is locked, and may be verified all the same: what is put back is what was there. */
const verification = (model: string): string => `${model} verification`;

function verify(model: string, signal: AbortSignal, onProgress: Report): Promise<Outcome> {
  const sentence = "Another tab is verifying or deleting this model.";
  return locked(verification(model), { signal }, sentence, () =>
    withStore(async (store) => {
      const { pieces, repaired } = await verifyModel(store, model, { signal, onProgress });
      return { kind: "verified", pieces, repaired: repaired.length };
    }),
  );
}

/** A repair must not bring back pieces of a model that is gone: so no tab verifies it meanwhile either. */
function remove(model: string, signal: AbortSignal): Promise<Outcome> {
  const sentence =
    "Nothing was deleted: another tab has this model open, or is getting or verifying it. End that first.";
  return locked(model, { signal }, sentence, () =>
    locked(verification(model), { signal }, sentence, async () => {
      await withStore((store) => store.delete(model));
      return { kind: "done" };
    }),
  );
}
