import { expect, test } from "vitest";
import { openGpu } from "./device";
import { codeBytes, scaleBytes } from "./int4";
import { embedding } from "./kernels/embedding/embedding";
import { embeddingReference } from "./kernels/embedding/embedding.reference";
import { int4Matvec } from "./kernels/int4-matvec/int4-matvec";
import { int4MatvecReference } from "./kernels/int4-matvec/int4-matvec.reference";
import { createMatrix, writeMatrix } from "./matrix";
import { checked } from "./recording";
import { createTensor, upload } from "./tensor";
import { expectClose, poisonedTensor, randomBytes, randomTensor, run, stepOf } from "./testing/harness";

const MIB = 2 ** 20;
const ROWS = 200_064;
const COLS = 2560;
/** The matrix repeats this many rows of random codes, so that any row's reference is at hand. */
const PERIOD = 4099;

test("as small as the smallest device that WebGPU allows, the published LM head works in parts", async () => {
  const most = { maxStorageBufferBindingSize: 128 * MIB, maxBufferSize: 256 * MIB };
  const gpu = await openGpu(undefined, { most });
  expect(gpu.device.limits).toMatchObject(most);
  const head = await checked(gpu, "head", () => createMatrix(gpu, "head", "int4", ROWS, COLS));
  expect(head.parts).toHaveLength(2);
  for (const { values, scales } of head.parts) {
    expect(values.size).toBeLessThanOrEqual(most.maxStorageBufferBindingSize);
    expect(scales?.size).toBeLessThanOrEqual(most.maxStorageBufferBindingSize);
  }

  const codes = randomBytes(codeBytes(PERIOD, COLS), 1);
  const scales = new Uint8Array(new Float16Array(scaleBytes(PERIOD, COLS) / 2).fill(0.1).buffer);
  for (let row = 0; row < ROWS; row += PERIOD) {
    const rows = Math.min(PERIOD, ROWS - row);
    writeMatrix(gpu, head, "values", codeBytes(row, COLS), codes.subarray(0, codeBytes(rows, COLS)));
    writeMatrix(gpu, head, "scales", scaleBytes(row, COLS), scales.subarray(0, scaleBytes(rows, COLS)));
  }
  const cut = head.parts[1]?.firstRow ?? 0;
  const spots = [0, 1, PERIOD, cut - 1, cut, cut + 1, ROWS - 2, ROWS - 1];
  const rowsAt = (bytes: Uint8Array, rowBytes: number) => {
    const rows = spots.map((row) => bytes.subarray((row % PERIOD) * rowBytes, ((row % PERIOD) + 1) * rowBytes));
    return Uint8Array.from(rows.flatMap((row) => [...row]));
  };
  const size = { rows: spots.length, cols: COLS };
  const table = { ...size, values: rowsAt(codes, codeBytes(1, COLS)), scales: rowsAt(scales, scaleBytes(1, COLS)) };

  const x = randomTensor(gpu, "x", [1, COLS], 3, 1);
  const logits = poisonedTensor(gpu, "logits", [1, ROWS]);
  const actual = await run(
    gpu,
    () => int4Matvec(gpu, { weight: head, x, out: logits, epilogue: { kind: "store" } }),
    logits,
  );
  const none = new Float32Array(spots.length);
  const expected = int4MatvecReference({ weight: table, x: x.values, epilogue: "store", before: none, gate: none });
  expectClose(
    Float32Array.from(spots, (row) => actual[row] ?? Number.NaN),
    expected,
    { relative: 1e-5, absolute: COLS * 15 * 0.1 * 2 ** -24 },
  );

  const ids = createTensor(gpu, "ids", [spots.length], "u32");
  upload(gpu, ids, new Uint32Array(spots));
  const rows = poisonedTensor(gpu, "rows", [spots.length, COLS]);
  const step = stepOf(gpu, { tokens: spots.length });
  const embedded = await run(gpu, () => embedding(gpu, { step, ids, table: head, out: rows }), rows, spots.length);
  const inOrder = Uint32Array.from(spots, (_, index) => index);
  const before = new Float32Array(spots.length * COLS);
  const wanted = embeddingReference({ ...table, format: "int4" }, inOrder, before);
  expectClose(embedded, wanted, { relative: 0, absolute: 0 });
  gpu.device.destroy();
});
