import { concat, dataLength, dataSlice, toBeHex } from "ethers";
import type { Node } from "../program/types.ts";
import type { Inputs, OpTwin, Reduction } from "./twin.ts";
import type { Work } from "./work.ts";

/** Positions of a reduction: from `from` to before `until`. */
export interface Range {
  readonly from: number;
  readonly until: number;
}

/** What a reduction is made of. The state is what is carried: words, the first of which is the position. */
export interface ReductionParts<Rest> {
  /** Words of the state. */
  words(node: Node): number;
  length(node: Node): number;
  bytes(node: Node): number;
  fullest(node: Node): number;
  /** See Reduction: without a state for the dearest values. */
  work(node: Node, element: number, x: Inputs, range: Range, state?: readonly bigint[]): Work;
  /** Adds the operands at some positions to the state; returns what the conclusion needs besides. */
  reduce(node: Node, element: number, x: Inputs, range: Range, state: bigint[]): Rest;
  /** The verdict, given the state after all operands. */
  conclude(node: Node, x: Inputs, rest: Rest, state: readonly bigint[], claimed: bigint): boolean;
}

/** Both ways to judge: an element in one piece is one with nothing carried. */
export function reductionTwin<Rest>(parts: ReductionParts<Rest>): { admissible: OpTwin; reduction: Reduction } {
  const { length, bytes, fullest } = parts;
  const reduction: Reduction = {
    length,
    bytes,
    fullest,
    position: (node, carried) => Number(load(carried, parts.words(node))[0]),
    work: (node, element, from, until, x, carried) =>
      parts.work(node, element, x, { from, until }, carried === undefined ? undefined : load(carried, parts.words(node))),
    accumulate(node, element, carried, until, x) {
      const state = load(carried, parts.words(node));
      const from = Number(state[0]);
      if (until <= from || until > length(node)) throw new RangeError(`no piece from ${from} to ${until} of ${length(node)} positions`);
      parts.reduce(node, element, x, { from, until }, state);
      state[0] = BigInt(until);
      return concat(state.map((word) => toBeHex(BigInt.asUintN(256, word), 32)));
    },
    admissibleAfter(node, element, claimed, carried, x) {
      const state = load(carried, parts.words(node));
      const range = { from: Number(state[0]), until: length(node) };
      if (range.from > range.until) throw new RangeError(`position ${range.from} is past the end of ${range.until} positions`);
      const rest = parts.reduce(node, element, x, range, state);
      return parts.conclude(node, x, rest, state, claimed);
    },
  };
  const admissible: OpTwin = (node, element, claimed, x) => reduction.admissibleAfter(node, element, claimed, "0x", x);
  return { admissible, reduction };
}

/** Twin of contracts/ops/Carried.sol. */
function load(carried: string, words: number): bigint[] {
  const bytes = dataLength(carried);
  if (bytes !== 0 && bytes !== 32 * words) throw new RangeError(`${bytes} bytes were carried instead of ${32 * words}`);
  return Array.from({ length: words }, (_, i) => (bytes === 0 ? 0n : BigInt(dataSlice(carried, 32 * i, 32 * (i + 1)))));
}
