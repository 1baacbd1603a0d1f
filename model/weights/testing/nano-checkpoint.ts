import { parseConfig } from "../../config";
import { tensorPlan } from "../../tensor-plan";
import { type Files, fileTensor, safetensorsFile, smallCheckpoint, utf8 } from "./checkpoint-files";
import { normalValues } from "./values";

/** A checkpoint in two shards with every tensor of a four-layer model of hidden size 64. */
export function nanoCheckpoint(): Files {
  const { "config.json": config = utf8(""), ...files } = smallCheckpoint().files;
  const tensors = tensorPlan(parseConfig(JSON.parse(new TextDecoder().decode(config)))).map(
    ({ name, shape }, index) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return fileTensor(name, shape, normalValues(count, index), name.endsWith("A_log") ? "F32" : "BF16");
    },
  );
  const half = Math.floor(tensors.length / 2);
  const shards = { "one.safetensors": tensors.slice(0, half), "two.safetensors": tensors.slice(half) };
  const places = Object.entries(shards).flatMap(([file, list]) => list.map(({ name }) => [name, file]));
  return {
    ...files,
    "config.json": config,
    "model.safetensors.index.json": utf8(JSON.stringify({ weight_map: Object.fromEntries(places) })),
    ...Object.fromEntries(Object.entries(shards).map(([file, list]) => [file, safetensorsFile(list)])),
  };
}
