import { expect, test } from "vitest";
import { parseConfig } from "../../config";
import { decodeCost } from "../../cost";
import publishedConfig from "../../oracle/fixtures/full/config.json";
import { matvecShapes, spellShape } from "./matvec-shapes";

const config = parseConfig(publishedConfig);

test("the twelve shapes of the published model", () => {
  const shapes = matvecShapes(config).map((shape) => [spellShape(shape), shape.count]);
  expect(Object.fromEntries(shapes)).toEqual({
    "int4 swiglu 20480×2560": 32,
    "int4 add 2560×10240": 32,
    "int4 store 200064×2560": 1,
    "int4 store 10240×2560": 9,
    "int4 add 2560×5120": 16,
    "int4 store 5120×2560": 9,
    "int4 add 2560×2560": 16,
    "int4 gate 5120×2560": 7,
    "int4 store 2560×2560": 7,
    "f16 store 192×5120": 9,
    "f16 store 5120×160": 9,
  });
});

test("together they are nearly all that a short context reads", () => {
  const read = matvecShapes(config).reduce((sum, { count, bytes }) => sum + count * bytes, 0);
  const { bytes } = decodeCost(config, 0);
  expect(read).toBeLessThan(bytes);
  expect(read / bytes).toBeGreaterThan(0.99);
});
