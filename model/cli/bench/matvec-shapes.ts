import type { Epilogue } from "@gpu/epilogue";
import type { MatrixFormat } from "@gpu/matrix";
import type { ModelConfig } from "../../config";
import { shippedFormat, tensorBytes } from "../../cost";
import { layerPlan } from "../../layer-plan";
import { type PlannedTensor, tensorPlan } from "../../tensor-plan";

/** A matrix that decoding multiplies with one row, and what it does with the product. */
export interface MatvecShape {
  readonly rows: number;
  readonly cols: number;
  readonly format: MatrixFormat;
  readonly epilogue: Epilogue["kind"];
  /** How many of them a token reads. */
  readonly count: number;
  /** Stored bytes of one. */
  readonly bytes: number;
}

/** Every shape that one token multiplies, the most bytes of a token first. */
export function matvecShapes(config: ModelConfig): MatvecShape[] {
  const shapes = new Map<string, MatvecShape>();
  for (const tensor of tensorPlan(config)) {
    const format = shippedFormat(tensor);
    if (format === "f32") continue;
    const [rows = 0, cols = 0] = tensor.shape;
    const shape = { rows, cols, format, epilogue: epilogueOf(config, tensor), bytes: tensorBytes(tensor, format) };
    const name = spellShape(shape);
    shapes.set(name, { ...shape, count: (shapes.get(name)?.count ?? 0) + 1 });
  }
  return [...shapes.values()].sort((a, b) => b.count * b.bytes - a.count * a.bytes);
}

export const spellShape = ({ format, epilogue, rows, cols }: Omit<MatvecShape, "count" | "bytes">): string =>
  `${format} ${epilogue} ${rows}×${cols}`;

/** What model/layers does with each product. */
function epilogueOf(config: ModelConfig, { name }: PlannedTensor): Epilogue["kind"] {
  if (/mlp[.]fc1/.test(name)) return "swiglu";
  if (/mlp[.]fc2|out_proj/.test(name)) return "add";
  const layer = Number(/layers[.](\d+)[.]attn[.]in_proj/.exec(name)?.[1] ?? Number.NaN);
  return layerPlan(config)[layer] === "gmu" ? "gate" : "store";
}
