import { toNormed } from "../../fixed-point.reference";

/** The plain statement of to-fixed.wgsl: the words of weight ⊙ x with the moments of x. */
export const toFixedReference = (x: Float32Array, weight: Float32Array): Uint32Array => toNormed(x, weight);
