import { expect, test } from "vitest";
import { measureRead } from "./peak";
import { openTestGpu } from "./testing/harness";

const now = () => performance.now();

test("plain reads have a rate", async () => {
  const gpu = await openTestGpu();
  expect(await measureRead({ gpu, now })).toBeGreaterThan(0);
});

test("measuring ends when it is told to", async () => {
  const gpu = await openTestGpu();
  const abort = new AbortController();
  const measuring = measureRead({ gpu, now }, abort.signal);
  abort.abort();
  await expect(measuring).rejects.toMatchObject({ name: "AbortError" });
});
