import { expect, test } from "vitest";
import { choose, fromTheBeginning, type Node, pathOf, siblingsOf } from "./tree";

const node = (id: string, parent: string | null, createdAt: number): Node => ({ id, parent, createdAt });
const ids = (nodes: readonly Node[]) => nodes.map(({ id }) => id).join(" ");

/** a - b - c, beside b its sibling d - e, beside a its sibling f. */
const TREE = [
  node("a", null, 1),
  node("b", "a", 2),
  node("c", "b", 3),
  node("d", "a", 4),
  node("e", "d", 5),
  node("f", null, 6),
];

test("the path takes what was chosen, and the newest where nothing was", () => {
  expect(ids(pathOf(TREE, {}))).toBe("f");
  expect(ids(pathOf(TREE, { "": "a" }))).toBe("a d e");
  expect(ids(pathOf(TREE, { "": "a", a: "b" }))).toBe("a b c");
  expect(ids(pathOf(TREE, { "": "a", a: "gone" }))).toBe("a d e");
  expect(pathOf([], {})).toEqual([]);
});

test("choosing a turn leaves the choices at other forks as they are", () => {
  const b = node("b", "a", 2);
  expect(choose({ "": "a", d: "e" }, b)).toEqual({ "": "a", d: "e", a: "b" });
  expect(choose({}, node("f", null, 6))).toEqual({ "": "f" });
});

test("siblings are in the order in which they came to be, however they lie in the store", () => {
  expect(ids(siblingsOf(TREE.toReversed(), node("d", "a", 4)))).toBe("b d");
  expect(ids(siblingsOf(TREE, node("a", null, 1)))).toBe("a f");
});

test("what hangs on nothing is not on the path", () => {
  expect(pathOf([node("x", "gone", 1), node("y", "z", 2), node("z", "y", 3)], {})).toEqual([]);
});

test("from the beginning, each comes after what it follows, even where a clock was put back", () => {
  const late = node("g", "f", 0);
  expect(ids(fromTheBeginning([late, ...TREE.toReversed(), node("x", "gone", 1)]))).toBe("a f b d g c e");
});
