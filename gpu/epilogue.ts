import type { Tensor } from "./tensor";

/**
 * What a linear kernel does with y = W x (+ bias) instead of a dispatch of its own:
 *
 *   store   out = y
 *   add     out += y, the residual stream
 *   swiglu  out = silu(y[0:F]) ⊙ y[F:2F], for W of 2F rows
 *   gate    out = silu(y) ⊙ gate, with gate (tokens, rows)
 */
export type Epilogue = { kind: "store" | "add" | "swiglu" } | { kind: "gate"; gate: Tensor };

/** The number that the WGSL files know each kind by. */
export const EPILOGUE_CODES: Readonly<Record<Epilogue["kind"], number>> = { store: 0, add: 1, swiglu: 2, gate: 3 };
