import { expect, test } from "vitest";
import { plainTex } from "./plain-tex";

test.each([
  ["20126", "20126"],
  ["\\frac{1}{2}", "1/2"],
  ["\\dfrac{-1 + \\sqrt{5}}{2}", "(-1 + √5)/2"],
  ["x^{2n} + y_1", "x^(2n) + y_1"],
  ["4\\text{ remainder }26", "4 remainder 26"],
  ["x \\in \\{1, 2\\}", "x ∈{1, 2}"],
  ["2 \\times 3\\cdot\\pi", "2 ×3·π"],
  ["90^\\circ", "90°"],
  ["\\left(0, \\infty\\right)", "(0, ∞)"],
  ["50\\%", "50%"],
  ["\\mathbb{R}", "ℝ"],
  ["\\sqrt[3]{7}", "7^(1/3)"],
  ["\\begin{pmatrix} 1 & 2 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\end{pmatrix}"],
  ["{{{", "{{{"],
  ["{".repeat(5_000) + "}".repeat(5_000), "{".repeat(5_000) + "}".repeat(5_000)],
])("says %j in plain characters", (tex, expected) => {
  expect(plainTex(tex)).toBe(expected);
});
