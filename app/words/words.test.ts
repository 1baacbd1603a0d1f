import { expect, test } from "vitest";
import german from "./de.json" with { type: "json" };
import english from "./en.json" with { type: "json" };
import { ENGLISH, languageFor, loadWords } from "./words";

/** Every sentence by its full name. */
function sentencesOf(words: object, path = ""): [string, string][] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value] as [string, string]] : sentencesOf(value, `${path}${key}.`),
  );
}

// What the engine and the models say of themselves is English: of it there are only translations.
const { failures, descriptions, facts, ...translated } = german;
const [en, de] = [new Map(sentencesOf(english)), new Map(sentencesOf(translated))];
const placesOf = (sentence = "") => (sentence.match(/{{\w+}}/g) ?? []).sort();

test("German says all that English says, and nothing else", () => {
  expect([...de.keys()].sort()).toEqual([...en.keys()].sort());
});

test.each([...en.keys()])("%s has the same places to fill in in both languages, and words in them", (name) => {
  expect(placesOf(de.get(name))).toEqual(placesOf(en.get(name)));
  expect(de.get(name)?.trim()).not.toBe("");
});

test("the person's languages choose the first one that the page knows", () => {
  expect(languageFor(["de-AT", "en"])).toBe("de");
  expect(languageFor(["fr", "EN-gb", "de"])).toBe("en");
  expect(languageFor(["fr"])).toBe("en");
  expect(languageFor([])).toBe("en");
});

test("plurals and numbers are those of the language", async () => {
  const { format, t } = await loadWords("de");
  expect(ENGLISH.format.tokens(1)).toBe("1 token");
  expect(format.tokens(2410)).toBe("2.410 Tokens");
  expect(format.bytes(11_400_000)).toBe("11,4 MB");
  expect(t("work.repaired", { count: 1, formatted: "1", pieces: "7" })).toContain("war beschädigt");
  expect(ENGLISH.t("work.repaired", { count: 2, formatted: "2", pieces: "7" })).toContain("were damaged");
  expect([failures.QuotaError, descriptions.tiny, facts["This page"]]).toEqual([
    expect.stringContaining("Platz"),
    expect.stringContaining("Englisch"),
    "Diese Seite",
  ]);
});
