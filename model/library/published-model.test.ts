import { elementCount } from "@gpu/shape";
import { expect, test } from "vitest";
import { tensorPlan } from "../tensor-plan";
import { PUBLISHED_CONFIG, PUBLISHED_MODEL } from "./published-model";

test("its sizes make the number of parameters that it is known for", () => {
  const parameters = tensorPlan(PUBLISHED_CONFIG).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  expect(parameters / 1e9).toBeCloseTo(3.85, 2);
  expect(PUBLISHED_MODEL.description).toContain("3.85 billion");
});
