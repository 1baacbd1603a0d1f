import { openCheckpoint } from "@model/weights/checkpoint";
import { type HuggingFaceOptions, huggingFace } from "@model/weights/hugging-face";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formulaTensor } from "../formula-weights";
import type { Fault, FaultRule } from "./faults";
import type { StandIn } from "./server";
import { IMPATIENT, NANO, serveFormula } from "./testing";

const SHARD = "model-00001-of-00002.safetensors";
const TENSOR = "model.embed_tokens.weight";

let standIn: StandIn;

beforeEach(async () => {
  standIn = await serveFormula(NANO);
});

afterEach(() => standIn.close());

const open = (options: Partial<HuggingFaceOptions> = {}) => {
  const { baseUrl, repository, revision } = standIn;
  return huggingFace({ baseUrl, repository, revision, patience: IMPATIENT, ...options });
};

const embedding = (from = open()) => openCheckpoint(from).then((checkpoint) => checkpoint.read(TENSOR, 0, 288 * 64));

test("reads tensors by ranges, JSON as a whole, and knows sizes and tags", async () => {
  const source = open();
  expect(await embedding(source)).toEqual(formulaTensor(TENSOR, [288, 64]));
  const checkpoint = await openCheckpoint(source);
  expect(checkpoint.tensor("model.layers.0.attn.A_log").dtype).toBe("F32");
  expect(await checkpoint.read("model.layers.0.attn.A_log", 5, 20)).toEqual(
    formulaTensor("model.layers.0.attn.A_log", [128, 16]).subarray(5, 25),
  );
  const bytes = await source.size(SHARD);
  expect(source.versions?.()[SHARD]).toEqual({ bytes, tag: `${SHARD}-${bytes}` });
  const ranges = standIn.seen.filter(({ file }) => file === SHARD).map(({ range }) => range);
  expect(ranges).not.toContain(undefined);
});

test("learns the size by a HEAD where the server hides Content-Range", async () => {
  standIn.faults.add({ kind: "hide-range" }, { file: SHARD, times: 3 });
  expect(await embedding()).toHaveLength(288 * 64);
  expect(standIn.seen).toContainEqual({ method: "HEAD", file: SHARD, range: undefined });
});

const passing: [Fault, FaultRule][] = [
  [{ kind: "drop", afterBytes: 1000 }, { times: 9 }],
  [{ kind: "drop", afterBytes: 0 }, { times: 3 }],
  [{ kind: "stall", afterBytes: 5000 }, {}],
  [{ kind: "status", status: 500 }, { times: 2 }],
  [{ kind: "status", status: 503, retryAfter: 0 }, { times: 3 }],
  [{ kind: "status", status: 429 }, {}],
  [{ kind: "slow", bytesPerSecond: 200_000 }, {}],
];

test.each(passing)("gets over %j", async (fault, rule) => {
  standIn.faults.add(fault, { file: SHARD, after: 3, ...rule });
  expect(await embedding()).toEqual(formulaTensor(TENSOR, [288, 64]));
});

test("goes on where a connection broke, counting every byte once", async () => {
  const source = open();
  await openCheckpoint(source);
  standIn.faults.add({ kind: "drop", afterBytes: 1000 }, { file: SHARD, times: 2 });
  standIn.seen.length = 0;
  let told = 0;
  await source.read(SHARD, 5000, 4000, { onBytes: (bytes) => (told += bytes) });
  expect(standIn.seen.map(({ range }) => range)).toEqual(["bytes=5000-8999", "bytes=6000-8999", "bytes=7000-8999"]);
  expect(told).toBe(4000);
});

test.each<[Fault, string, string]>([
  [{ kind: "status", status: 401 }, "UnauthorizedError", "asks who you are for model-00001-of-00002.safetensors of"],
  [{ kind: "status", status: 403 }, "ForbiddenError", "does not give out"],
  [
    { kind: "status", status: 404 },
    "NotFoundError",
    "There is no model-00001-of-00002.safetensors of longhand/stand-in",
  ],
  [{ kind: "status", status: 416 }, "RangeNotSatisfiableError", "is shorter than it was (416)"],
  [{ kind: "status", status: 429 }, "TooManyRequestsError", "asks for a pause"],
  [{ kind: "status", status: 502 }, "ServerRefusalError", "(status 502)"],
  [{ kind: "status", status: 418 }, "ServerRefusalError", "(status 418)"],
  [{ kind: "drop", afterBytes: 0 }, "ConnectionError", "The connection broke while"],
  [{ kind: "stall", afterBytes: 0 }, "ConnectionError", "The connection broke while"],
  [{ kind: "ignore-range" }, "RangeIgnoredError", "only as a whole"],
])("gives up on %j with %s", async (fault, name, message) => {
  standIn.faults.add(fault, { file: SHARD, times: 99 });
  const reading = embedding();
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toMatchObject({ name });
});

test("notices while reading that a file was changed", async () => {
  standIn.faults.add({ kind: "etag" }, { file: SHARD, after: 2, times: 99 });
  await expect(embedding()).rejects.toMatchObject({ name: "UpstreamChangedError" });
});

test("says at which address there is nothing", async () => {
  const reading = open({ revision: "v2" }).size("config.json");
  await expect(reading).rejects.toThrow("There is no config.json of longhand/stand-in at v2 (404)");
  expect(await open({ revision: "v2" }).size("model.safetensors.index.json")).toBeUndefined();
});

test("stops at an abort in the middle of a transfer", async () => {
  standIn.faults.add({ kind: "stall", afterBytes: 100 }, { file: SHARD, times: 99 });
  const abort = new AbortController();
  const reading = open({ patience: { ...IMPATIENT, stallMs: 60_000 } }).read(SHARD, 0, 4000, {
    signal: abort.signal,
    onBytes: () => abort.abort(),
  });
  await expect(reading).rejects.toMatchObject({ name: "AbortError" });
});

test("sends a token where it is asked for, and tells nobody", async () => {
  await standIn.close();
  standIn = await serveFormula(NANO, { token: "hf_secret" });
  expect(await embedding(open({ token: "hf_secret" }))).toHaveLength(288 * 64);
  const wrong = await open({ token: "hf_other" })
    .size("config.json")
    .catch((error: unknown) => error);
  expect(wrong).toMatchObject({ name: "UnauthorizedError" });
  const source = open({ token: "hf_secret" });
  expect(`${String(wrong)} ${JSON.stringify(wrong)} ${JSON.stringify(source)}`).not.toMatch(/hf_/);
});

test.each<[Partial<HuggingFaceOptions>, string]>([
  [{ repository: "phi" }, '"phi" is no repository'],
  [{ repository: "../etc" }, "is no repository"],
  [{ repository: "a/b/c" }, "is no repository"],
  [{ revision: "" }, '"" is no revision'],
  [{ revision: "a/../b" }, "is no revision"],
  [{ baseUrl: "huggingface.co" }, "must begin with https://"],
  [{ baseUrl: "ftp://huggingface.co" }, "must begin with https://"],
  [{ baseUrl: "https://user@huggingface.co" }, "must begin with https://"],
  [{ token: "two words" }, "The token has spaces"],
  [{ token: "hf_secret", baseUrl: "http://example.org" }, "sent over https:// only"],
])("refuses %j", (options, message) => {
  expect(() => open(options)).toThrow(message);
  expect(() => open(options)).toThrow(expect.objectContaining({ name: "AddressError" }));
});
