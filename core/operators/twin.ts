import type { TensorReader } from "../tensor/reader.ts";
import type { Node } from "../program/types.ts";
import type { Footprint } from "../tensor/footprint.ts";
import type { Work } from "./work.ts";

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
  /** An element that reads as many operands as any: most windows of a convolution reach into the padding. */
  fullest(node: Node): number;
  /** Position up to which `carried` has come. */
  position(node: Node, carried: string): number;
  /**
   * What the positions from `from` to before `until` take. Reads exactly what `accumulate` reads. What depends on the values
   * is counted for those given what was carried, and without that for the dearest.
   */
  work(node: Node, element: number, from: number, until: number, x: Inputs, carried?: string): Work;
  /** What to carry from `until` on, given what was carried ("0x" in the beginning). */
  accumulate(node: Node, element: number, carried: string, until: number, x: Inputs): string;
  /** The verdict, given what was carried. */
  admissibleAfter(node: Node, element: number, claimed: bigint, carried: string, x: Inputs): boolean;
}

/** What judging the dearest element of a node takes, where elements are judged whole. */
export interface Demand {
  /** Of every input of the row. */
  readonly reads: readonly Footprint[];
  readonly work: Work;
}
