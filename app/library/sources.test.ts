import { expect, test } from "vitest";
import { LARGE_MODEL, modelIdOf, outermostFiles, PUBLISHED_SOURCE } from "./sources";

const file = (path: string) => ({ webkitRelativePath: path, name: path.split("/").at(-1) }) as File;

test("a model is stored under the last part of its address", () => {
  expect(modelIdOf(PUBLISHED_SOURCE)).toBe(LARGE_MODEL);
  expect(modelIdOf({ kind: "folder", baseUrl: "https://models.example/My Model/?x=1" })).toBe("my-model");
  expect(modelIdOf({ kind: "folder", baseUrl: "https://models.example/tiny" })).toBe("imported-tiny");
  expect(modelIdOf({ kind: "picked", files: [file("Flash_Model/config.json")] })).toBe("flash-model");
  expect(modelIdOf({ kind: "picked", files: [file("")] })).toBe("imported-model");
});

test("of a picked folder, what lies in folders below is left out", () => {
  const picked = outermostFiles([file("m/config.json"), file("m/.git/config.json"), file("m/a.safetensors")]);
  expect(picked.map(({ webkitRelativePath }) => webkitRelativePath)).toEqual(["m/config.json", "m/a.safetensors"]);
});
