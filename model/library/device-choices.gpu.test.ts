import { openTestGpu } from "@gpu/testing/harness";
import { expect, test } from "vitest";
import { keepChoices, recallChoices } from "./device-choices";

test("choices of one device come back, and only to it", async () => {
  const gpu = await openTestGpu();
  const device = (description: string) => ({
    ...gpu,
    adapter: { ...gpu.adapter, description },
    choices: new Map<string, unknown>(),
  });
  const before = device("card A");
  before.choices.set("int4-matvec 8 x 32", { lanes: 4 });
  await keepChoices(before);

  const again = device("card A");
  await recallChoices(again);
  expect([...again.choices]).toEqual([["int4-matvec 8 x 32", { lanes: 4 }]]);
  const other = device("card B");
  await recallChoices(other);
  expect(other.choices.size).toBe(0);
});
