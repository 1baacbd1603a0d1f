import { expect, test } from "vitest";
import { checked, submit } from "../../recording";
import { createTensor, downloadBytes, upload } from "../../tensor";
import { openTestGpu, randomBytes } from "../../testing/harness";
import { readPeak } from "./read-peak";
import { readPeakReference } from "./read-peak.reference";

test.each([256, 512])("reads every word once with %d invocations", async (invocations) => {
  const gpu = await openTestGpu();
  const words = 4 * 1000; // not a whole number of rounds
  const values = new Uint32Array(randomBytes(words * 4, 1).buffer);
  const data = createTensor(gpu, "data", [words], "u32");
  const sums = createTensor(gpu, "sums", [invocations], "u32");
  upload(gpu, data, values);

  await checked(gpu, "read-peak", () => submit(gpu, [readPeak(gpu, { data, sums })], 1));

  expect(new Uint32Array(await downloadBytes(gpu, sums))).toEqual(readPeakReference(values, invocations));
});
