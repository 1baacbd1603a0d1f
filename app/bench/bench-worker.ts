import { openGpu } from "@gpu/device";
import type { Meter } from "@gpu/measure";
import { benchLoad, type OpenReaders } from "@model/bench/bench-load";
import { type BenchPlan, parsePlan, planFor } from "@model/bench/plan";
import { runBench } from "@model/bench/run-bench";
import { storeTimingModel, TIMING_MODEL } from "@model/bench/timing-model";
import { parseConfig } from "@model/config";
import { completeManifest } from "@model/library/model-at-hand";
import publishedConfig from "@model/oracle/fixtures/full/config.json";
import tinyConfig from "@model/oracle/fixtures/tiny/config.json";
import { MODEL_FILES, type ModelFile } from "@model/weights/format";
import { type ModelStore, openModelStore } from "@model/weights/store";
import { storedPieces } from "@model/weights/stored-model";
import { readInWorkers } from "../engine/read-in-workers";
import type { BenchEvent, BenchFields, BenchRequest, Doing, Table } from "./protocol";

/** Whose tokenizer the model of random weights gets. */
const TINY_MODEL = "tiny";
const TINY_URL = new URL(`${import.meta.env.BASE_URL}models/${TINY_MODEL}/`, location.origin);

/** In place of the suite's parts: no more than the loading. */
const ONLY_LOAD = "load";

const say = (event: BenchEvent): void => postMessage(event);
const sayDoing = (doing: Doing): void => say({ kind: "doing", doing });
const sayTable = (table: Table): void => say({ kind: "table", table });

addEventListener("message", ({ data }: MessageEvent<BenchRequest>) => {
  const work = data.kind === "run" ? run(data.fields) : clean();
  work.catch((error: unknown) => say({ kind: "failed", message: String(error) }));
});

async function run(fields: BenchFields): Promise<void> {
  const isWhole = fields.only !== ONLY_LOAD;
  const chosen = parsePlan(isWhole ? fields : { contexts: fields.contexts });
  const json = fields.config === "full" ? publishedConfig : tinyConfig;
  const gpu = await openGpu();
  const plan = planFor(gpu, chosen);
  try {
    const { numLayers, hiddenSize, vocabSize } = parseConfig(json);
    const { description: device, features } = gpu.adapter;
    const model = `${numLayers} layers of width ${hiddenSize}, vocabulary ${vocabSize}`;
    say({ kind: "device", device, features, model });
    const meter = { gpu, now: () => performance.now() };
    if (isWhole) await measure(meter, json, plan);
    await withStore((store) => store.delete(TIMING_MODEL));
    await withStore((store) => measureLoad(meter, json, store));
  } finally {
    gpu.device.destroy();
  }
  say({ kind: "stored", model: TIMING_MODEL, contexts: (isWhole ? plan : chosen).contexts ?? [] });
}

async function measure(meter: Meter, json: object, plan: BenchPlan): Promise<void> {
  sayDoing({ step: "measuring" });
  for await (const table of runBench(meter, parseConfig(json), plan)) {
    sayTable(table);
    sayDoing({ step: "measuring", after: table.title });
  }
}

async function measureLoad(meter: Meter, json: Readonly<Record<string, unknown>>, store: ModelStore): Promise<void> {
  const files = Object.fromEntries(
    await Promise.all(MODEL_FILES.map(async (name) => [name, await tinyFile(store, name)] as const)),
  ) as Record<ModelFile, Uint8Array<ArrayBuffer>>;
  const manifest = await storeTimingModel(store, json, {
    files,
    onProgress: ({ doneBytes, totalBytes }) =>
      sayDoing({ step: "storing", percent: Math.floor((100 * doneBytes) / totalBytes) }),
  });
  sayDoing({ step: "loading" });
  const otherwise = storedPieces(store, TIMING_MODEL);
  const pieces = manifest.chunks.length;
  const openReaders: OpenReaders = (options) => readInWorkers(TIMING_MODEL, otherwise, { pieces, ...options });
  sayTable(await benchLoad(meter, store, TIMING_MODEL, manifest, openReaders));
}

/** Of the tiny model, which is mostly stored already: then there need be no network. */
async function tinyFile(store: ModelStore, name: ModelFile): Promise<Uint8Array<ArrayBuffer>> {
  const manifest = await completeManifest(store, TINY_MODEL);
  const piece = manifest?.files.find((file) => file.name === name);
  if (!piece) return fetchFile(name);
  return new Uint8Array(await storedPieces(store, TINY_MODEL, { repair: () => fetchFile(name) })(piece));
}

async function fetchFile(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(new URL(name, TINY_URL));
  if (!response.ok) throw new Error(`${name} of the tiny model could not be fetched (${response.status}).`);
  return new Uint8Array(await response.arrayBuffer());
}

async function clean(): Promise<void> {
  await withStore((store) => store.delete(TIMING_MODEL));
  say({ kind: "cleaned" });
}

async function withStore(work: (store: ModelStore) => Promise<void>): Promise<void> {
  const store = await openModelStore();
  try {
    await work(store);
  } finally {
    store.close();
  }
}
