import { expect, test } from "vitest";
import { RecentTexts, remembering } from "./recent-texts";

test("what was used longest ago is forgotten first", () => {
  const texts = new RecentTexts<number>(5);
  texts.set("aa", 1);
  texts.set("bb", 2);
  expect(texts.get("aa")).toBe(1);
  texts.set("cc", 3);
  expect([texts.get("aa"), texts.get("bb"), texts.get("cc")]).toEqual([1, undefined, 3]);
  texts.set("cc", 4);
  expect([texts.get("aa"), texts.get("cc")]).toEqual([1, 4]);
});

test("a function that remembers is asked once", () => {
  const asked: string[] = [];
  const length = remembering((text) => asked.push(text) && text.length);
  expect([length("one"), length("three"), length("one")]).toEqual([3, 5, 3]);
  expect(asked).toEqual(["one", "three"]);
});
