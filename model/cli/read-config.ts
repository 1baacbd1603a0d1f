import { readFile } from "node:fs/promises";
import publishedConfig from "@model/oracle/fixtures/full/config.json";
import tinyConfig from "@model/oracle/fixtures/tiny/config.json";
import { type ModelConfig, parseConfig } from "../config";

/**
 * @param name "tiny", "full", or the path of a `config.json`.
 * @param layers other than the configuration's.
 * @throws ConfigError; whatever reading the file throws.
 */
export async function readConfig(name: string, layers?: number): Promise<ModelConfig> {
  const json = name === "full" ? publishedConfig : name === "tiny" ? tinyConfig : await readJson(name);
  return parseConfig({ ...json, ...(layers ? { num_hidden_layers: layers } : {}) });
}

const readJson = async (file: string): Promise<object> => JSON.parse(await readFile(file, "utf8"));
