import type { TensorReader } from "../program/reader.ts";
import type { Node } from "../program/types.ts";

/**
 * Judges one element exactly as the contract of the same name does: `element` is its row-major index, `claimed` its
 * little-endian bits, `x[i]` reads input `i` (undefined where the input is absent).
 */
export type OpTwin = (node: Node, element: number, claimed: bigint, x: readonly (TensorReader | undefined)[]) => boolean;
