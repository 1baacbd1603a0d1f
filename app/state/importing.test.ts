import "fake-indexeddb/auto";
import { expect, test, vi } from "vitest";
import { pageWithStore } from "./testing/page-with-store";

vi.mock("../conversations/import-file", () => {
  throw new TypeError("no network");
});

test("what reads a file cannot be loaded: it is said, and nothing is imported", async () => {
  const one = pageWithStore();
  expect(await one.conversations.importFile({ size: 2, text: async () => "{}" })).toBe(0);
  expect(one.known().fault?.kind).toBe("script");
});
