import { test } from "vitest";
import { download } from "../tensor";
import {
  expectClose,
  openTestGpu,
  poisonedTensor,
  randomTensor,
  randomValues,
  run,
  stepOf,
  tensorOf,
} from "../testing/harness";
import { randomF16 } from "../testing/random-matrix";
import { f16Matvec } from "./f16-matvec/f16-matvec";
import { scanStepGated, scanStepMemory } from "./scan-step/scan-step";
import { scanGated, scanMemory } from "./selective-scan/selective-scan";

/** As of each scan against its reference. */
const TOLERANCE = { relative: 1e-5, absolute: 1e-5 };

test.each([
  { innerSize: 768, deltaRank: 24 }, // tiny
  { innerSize: 5120, deltaRank: 160 }, // published
])("one row: f16-matvec and selective-scan do what scan-step does for ($innerSize, $deltaRank)", async (sizes) => {
  const gpu = await openTestGpu();
  const { innerSize, deltaRank } = sizes;
  const xz = randomTensor(gpu, "xz", [1, 2 * innerSize], 1);
  const aLog = randomValues(innerSize * 16, 2, 0.1).map((value, i) => value + Math.log((i % 16) + 1));
  const before = randomValues(innerSize * 16, 3);
  const state = () => tensorOf(gpu, "state", [innerSize, 16], before);
  const result = (label: string) => poisonedTensor(gpu, label, [1, innerSize]);
  const shared = {
    step: stepOf(gpu),
    projected: randomTensor(gpu, "projected", [1, deltaRank + 32], 4, 0.5),
    aLog: tensorOf(gpu, "aLog", [innerSize, 16], aLog),
    d: randomTensor(gpu, "d", [innerSize], 5),
  };
  const weight = randomF16(gpu, [innerSize, deltaRank], 6);
  const bias = randomTensor(gpu, "bias", [innerSize], 7);
  const delta = result("delta");
  const u = tensorOf(gpu, "u", [1, innerSize], xz.values.slice(0, innerSize));
  const scan = { ...shared, u, delta, state: state() };
  const memory = result("memory");
  const fused = { ...shared, xz, weight, bias, state: state(), out: result("gated") };
  const plain = { ...fused, state: state(), out: result("plain") };
  const project = () => f16Matvec(gpu, { weight, x: shared.projected, bias, out: delta, epilogue: { kind: "store" } });

  const expectedPlain = await run(
    gpu,
    () => [...project(), scanMemory(gpu, { ...scan, state: state(), memory })],
    memory,
  );
  const expectedGated = await run(gpu, () => scanGated(gpu, { ...scan, xz }), u);

  expectClose(await run(gpu, () => scanStepMemory(gpu, plain), plain.out), expectedPlain, TOLERANCE);
  expectClose(await run(gpu, () => scanStepGated(gpu, fused), fused.out), expectedGated, TOLERANCE);
  expectClose(await download(gpu, fused.state), await download(gpu, scan.state), TOLERANCE);
});
