import { expect, test } from "vitest";
import { isSameList } from "./split-list";

test("a list goes on with the block before it if that is one of its kind", () => {
  expect(isSameList("1. a", "2. b")).toBe(true);
  expect(isSameList("- a", "* b")).toBe(true);
  expect(isSameList("- a", "2. b")).toBe(false);
  expect(isSameList("words", "2. b")).toBe(false);
  expect(isSameList("1. a", "words")).toBe(false);
  expect(isSameList(undefined, "1. a")).toBe(false);
});
