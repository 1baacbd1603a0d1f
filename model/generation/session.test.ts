import { expect, test } from "vitest";
import type { Runner } from "./runner";
import { GREEDY } from "./sampling";
import { Session } from "./session";

/** A runner without a GPU that takes down what it reads, and in which way. Every token drawn is 7. */
function paperRunner(few: number) {
  const done: string[] = [];
  let position = 0;
  const reads = (way: string) => (ids: readonly number[]) => {
    done.push(`${way} ${ids.length}`);
    position += ids.length;
  };
  const draw = (way: string) => async (): Promise<unknown> => {
    done.push(way);
    if (way !== "draw first") position++;
    return { position, done: false, drawn: 1, emitted: Uint32Array.of(7) };
  };
  const runner = {
    ...{ contextLength: 100, chunk: 16, few },
    ...{ read: reads("chunk"), readFew: reads("few") },
    ...{ drawFirst: draw("draw first"), drawAfter: draw("draw after"), drawNext: draw("draw next") },
    ...{ makeRoom: async () => {}, idle: async () => {}, setSampling: () => {} },
  };
  return { session: new Session(runner as unknown as Runner), done };
}

const ids = (count: number): number[] => Array<number>(count).fill(1);

async function draw(session: Session, count: number): Promise<void> {
  const turn = { ids: ids(count), sampling: GREEDY, stopIds: [], maxTokens: 1 };
  for await (const drawn of session.generate(turn)) expect(drawn).toEqual([7]);
}

test.each([
  { few: 8, count: 8, expected: ["few 8"] },
  { few: 8, count: 9, expected: ["chunk 9"] },
  { few: 8, count: 20, expected: ["chunk 16", "chunk 4"] },
  { few: 0, count: 2, expected: ["chunk 2"] },
])("reads $count tokens as suits a device on which up to $few go one by one", async ({ few, count, expected }) => {
  const { session, done } = paperRunner(few);
  await session.read(ids(count));
  expect(done).toEqual(expected);
  expect(session.live).toHaveLength(count);
});

test.each([
  { few: 8, count: 1, expected: ["draw after"] },
  { few: 8, count: 4, expected: ["few 3", "draw after"] },
  { few: 8, count: 9, expected: ["few 8", "draw after"] },
  { few: 8, count: 10, expected: ["chunk 10", "draw first"] },
  { few: 0, count: 1, expected: ["draw after"] },
  { few: 0, count: 2, expected: ["chunk 2", "draw first"] },
])("draws after $count tokens, of which up to $few are read one by one", async ({ few, count, expected }) => {
  const { session, done } = paperRunner(few);
  await draw(session, count);
  expect(done).toEqual(expected);
  expect(session.live).toHaveLength(count);
});
