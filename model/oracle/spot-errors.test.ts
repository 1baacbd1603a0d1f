import { expect, test } from "vitest";
import { moments, publishedReference, type ReferenceSpot } from "./reference-spots";
import { isWithin, klDivergence, residualErrors, spotError } from "./spot-errors";

const LOGITS = Float32Array.of(0.5, 2, -1, 1.98, 0, -0.5);

function spot(logits: Float32Array): ReferenceSpot {
  const ranked = Array.from(logits, (logit, id) => ({ id, logit })).sort((a, b) => b.logit - a.logit);
  return { position: 3, top: ranked.slice(0, 2), first: [...logits.subarray(0, 4)], ...moments(logits) };
}

test("equal logits have no error", () => {
  const error = spotError(LOGITS, spot(LOGITS), 0.01);
  expect(error).toMatchObject({ position: 3, top: 0, first: 0, mean: 0, std: 0, top1: "same" });
  expect(error.kl).toBeCloseTo(0, 12);
  expect(isWithin(error, 1e-9)).toBe(true);
});

test("another first token counts unless the oracle's lead is within the tolerance", () => {
  const swapped = LOGITS.map((logit, id) => (id === 1 ? 1.97 : logit));
  const std = moments(LOGITS).std;
  expect(spotError(swapped, spot(LOGITS), 0.03 / std).top1).toBe("near tie");
  const error = spotError(swapped, spot(LOGITS), 0.01 / std);
  expect(error.top1).toBe("other");
  expect(isWithin(error, 1)).toBe(false);
});

test("what is missing or not a number is never within a tolerance", () => {
  expect(isWithin(spotError(new Float32Array(), spot(LOGITS), 1), 1)).toBe(false);
  const broken = LOGITS.map((logit, id) => (id === 5 ? Number.NaN : logit));
  expect(isWithin(spotError(broken, spot(LOGITS), 1), 1)).toBe(false);
});

test("the divergence of two coins", () => {
  const logits = (p: number) => [Math.log(p), Math.log(1 - p)];
  const expected = 0.5 * Math.log(0.5 / 0.25) + 0.5 * Math.log(0.5 / 0.75);
  expect(klDivergence(logits(0.5), logits(0.25))).toBeCloseTo(expected, 12);
});

test("residual errors go by half-layer", () => {
  expect(residualErrors(Float32Array.of(1, 0, 0, 3), Float32Array.of(1, 0, 0, 2), 2)).toEqual([0, 0.5]);
});

test("reads the reference of the published shapes", () => {
  const file = {
    positions: [0, 2],
    top_ids: [[5], [6]],
    top_logits: [[1.5], [2.5]],
    first_logits: [[0.1], [0.2]],
    logit_std: [1, 2],
    logit_mean: [3, 4],
  };
  const golden = { values: () => Float32Array.of(7), shape: () => [1] };
  const { ids, spots } = publishedReference({ vocabSize: 200064 } as never, file, golden);
  expect(ids).toEqual([11, 112659, (7919 * 4 + 104729 * 2 + 11) % 200064]);
  expect(spots[1]).toEqual({ position: 2, top: [{ id: 6, logit: 2.5 }], first: [0.2], mean: 4, std: 2 });
});
