import type { TensorReader } from "../program/reader.ts";
import type { Node } from "../program/types.ts";

/** Readers of a node's inputs; undefined where an input is absent. */
export type Inputs = readonly (TensorReader | undefined)[];

/**
 * Judges one element exactly as the contract of the same name does: `element` is its row-major index, `claimed` its
 * little-endian bits, `x[i]` reads input `i` (undefined where the input is absent).
 */
export type OpTwin = (node: Node, element: number, claimed: bigint, x: Inputs) => boolean;

/** An operator whose elements can be judged in pieces (docs/protocol.md §2.9): twin of IReductionFamily. */
export interface Reduction {
  /** Number of positions of every element. */
  length(node: Node): number;
  /** Bytes of the inputs that a position reads at least. */
  bytes(node: Node): number;
  /** Gas that the contract spends on further positions, estimated from above. Reads exactly what `accumulate` reads. */
  gas(node: Node, element: number, carried: string, until: number, x: Inputs): number;
  /** What to carry from `until` on, given what was carried ("0x" in the beginning). */
  accumulate(node: Node, element: number, carried: string, until: number, x: Inputs): string;
  /** The verdict, given what was carried. */
  admissibleAfter(node: Node, element: number, claimed: bigint, carried: string, x: Inputs): boolean;
}
