/**
 * The 4-bit layout that kernels read and the weight format stores. Symmetric groups along the input axis:
 *
 *   codes   (rows, cols / 2) bytes; element 2j of a row is the low nibble of byte j, element 2j + 1 the high one
 *   scales  (rows, cols / 32) f16
 *   value = (code - 8) * scale, code in 0 … 15
 */
export const GROUP_SIZE = 32;
export const ZERO_CODE = 8;

/** Bytes of the codes of (rows, cols). */
export const codeBytes = (rows: number, cols: number): number => (rows * cols) / 2;

/** Bytes of the scales of (rows, cols). */
export const scaleBytes = (rows: number, cols: number): number => (rows * cols * 2) / GROUP_SIZE;
