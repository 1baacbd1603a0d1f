import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PieceAnswer, PieceRequest } from "./piece-worker";
import { readInWorkers } from "./read-in-workers";

const PIECE: PieceRequest["piece"] = { name: "weights-0000.bin", bytes: 1, sha256: "0" };
const [STORED, REPAIRED] = [Uint8Array.of(1), Uint8Array.of(2)];

let workers: FakeWorker[];

class FakeWorker {
  readonly asked: PieceRequest[] = [];
  ended = false;
  onmessage: ((event: { data: PieceAnswer }) => void) | null = null;
  onerror: (() => void) | null = null;
  onmessageerror: (() => void) | null = null;

  constructor() {
    workers.push(this);
  }

  postMessage(request: PieceRequest): void {
    this.asked.push(request);
  }

  answer(bytes: PieceAnswer["bytes"]): void {
    const [request] = this.asked.splice(0, 1);
    this.onmessage?.({ data: { id: request?.id ?? Number.NaN, bytes } });
  }

  terminate(): void {
    this.ended = true;
  }
}

const otherwise = vi.fn(async () => REPAIRED);
const open = (pieces: number, count?: number) => readInWorkers("tiny", otherwise, { pieces, ...(count && { count }) });

beforeEach(() => {
  workers = [];
  otherwise.mockClear();
  vi.stubGlobal("Worker", FakeWorker);
  vi.stubGlobal("navigator", { hardwareConcurrency: 6 });
});
afterEach(() => vi.unstubAllGlobals());

test.each([
  { pieces: 262, expected: 5 }, // a thread is left to the engine
  { pieces: 7, expected: 4 }, // two for each
  { pieces: 2, expected: 1 },
  { pieces: 0, expected: 1 },
])("$expected workers for $pieces pieces on six threads", ({ pieces, expected }) => {
  expect(open(pieces).ahead).toBe(2 * expected);
  expect(workers).toHaveLength(expected);
});

test("as many as are asked for, however few the pieces", () => {
  open(1, 8);
  expect(workers).toHaveLength(8);
});

test("the idlest worker is asked; what it cannot bring is asked for otherwise", async () => {
  const { read } = open(4, 2);
  const [first, second] = [read(PIECE), read(PIECE)];
  expect(workers.map(({ asked }) => asked.length)).toEqual([1, 1]);
  workers[0]?.answer(STORED);
  workers[1]?.answer(undefined);
  expect(await Promise.all([first, second])).toEqual([STORED, REPAIRED]);
  expect(otherwise).toHaveBeenCalledTimes(1);
});

test.each(["onerror", "onmessageerror"] as const)("after %s nothing waits for that worker any more", async (fault) => {
  const { read, close } = open(4, 2);
  const [waiting, other] = [read(PIECE), read(PIECE)];
  workers[0]?.[fault]?.();
  expect(await waiting).toBe(REPAIRED);
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
  void read(PIECE);
  expect(workers[1]?.asked).toHaveLength(2);
  workers[1]?.answer(STORED);
  expect(await other).toBe(STORED);
  close();
});
