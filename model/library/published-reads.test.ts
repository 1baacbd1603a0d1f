import { expect, test } from "vitest";
import { tensorPlan } from "../tensor-plan";
import { Checkpoint, type CheckpointTensor } from "../weights/checkpoint";
import { layOut } from "../weights/layout";
import { planReads } from "../weights/plan-reads";
import { storedTensors } from "../weights/recipe";
import { CHUNK_BYTES } from "./get-model";
import { PUBLISHED_CONFIG } from "./published-model";

const NO_WORDS = { name: "", description: "", origin: "", licence: "" };

/** The published checkpoint's tensors without their content, in one file, laid out in this order. */
function checkpointIn(order: (a: Described, b: Described) => number): Checkpoint {
  let offset = 0;
  const placed = tensorPlan(PUBLISHED_CONFIG)
    .map(described)
    .sort(order)
    .map((tensor): [string, CheckpointTensor] => {
      const begin = offset;
      offset += tensor.byteLength;
      return [tensor.name, { ...tensor, file: "model.safetensors", offset: begin }];
    });
  const source = { size: async () => undefined, read: async () => new Uint8Array() };
  return new Checkpoint(source, new Map(placed));
}

type Described = ReturnType<typeof described>;

function described({ name, shape }: { readonly name: string; readonly shape: readonly number[] }) {
  const isPrecise = name.endsWith(".A_log") || name.includes("lambda_");
  const elements = shape.reduce((product, size) => product * size, 1);
  const dtype = isPrecise ? ("F32" as const) : ("BF16" as const);
  return { name, shape, dtype, byteLength: elements * (isPrecise ? 4 : 2) };
}

/** As the safetensors library writes files: wide types first, then by name. */
const asPublished = (a: Described, b: Described) =>
  a.dtype === b.dtype ? (a.name < b.name ? -1 : 1) : a.dtype === "F32" ? -1 : 1;

// 4 MiB of one tensor at a time made 2,387 of it in either order.
test.each([
  { order: "as the model lists them", by: () => 0, requests: 777 },
  { order: "as the safetensors library writes them", by: asPublished, requests: 975 },
])("the published checkpoint is read in $requests requests, its tensors ordered $order", ({ by, requests }) => {
  const recipe = { ...NO_WORDS, matrices: "int4", embedding: "int4", chunkBytes: CHUNK_BYTES } as const;
  const layout = layOut(storedTensors(tensorPlan(PUBLISHED_CONFIG), recipe), CHUNK_BYTES);
  expect([...planReads(checkpointIn(by), layout, layout.keys())]).toHaveLength(requests);
});
