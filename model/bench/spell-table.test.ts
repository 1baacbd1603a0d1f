import { expect, test } from "vitest";
import { figures } from "./report";
import { spellNumber, spellTable } from "./spell-table";

test.each([
  [undefined, ""],
  [0, "0"],
  [78, "78"],
  [200064, "200064"],
  [1234.56, "1235"],
  [12.34, "12.3"],
  [-1.234, "-1.23"],
  [0.01234, "0.0123"],
  [1e-9, "0.000000"],
])("%s is spelled %s", (value, text) => {
  expect(spellNumber(value)).toBe(text);
});

test("a column for each figure that any row has", () => {
  const rows = [
    { name: "a", figures: { ms: 1.5 } },
    { name: "longer", figures: { "GB/s": 900, ms: 0.25 } },
  ];
  expect(spellTable({ title: "Times", note: "Of two.", rows })).toBe(
    [
      "\n## Times\n",
      "Of two.\n",
      "|        |    ms | GB/s |",
      "| ------ | ----: | ---: |",
      "| a      |  1.50 |      |",
      "| longer | 0.250 |  900 |",
    ].join("\n"),
  );
});

test("what is not known is left out", () => {
  expect(figures({ ms: 1, rate: Number.POSITIVE_INFINITY, share: undefined, nothing: Number.NaN })).toEqual({ ms: 1 });
});
