import { LEAF, type TensorTree } from "../merkle/tensorTree.ts";
import type { PartialTree } from "./partialTree.ts";
import type { OpenTree } from "./proof.ts";

/** The operator's values of one tensor, as far as they are known, leaf by leaf. Unknown leaves hold the challenger's own values. */
export interface Claim {
  /** In commit order. */
  readonly data: Uint8Array;
  /** Whether the operator's value of this leaf is known. */
  readonly has: (leaf: number) => boolean;
  /** Proves the leaves that are known. */
  readonly tree: OpenTree;
}

/** A tensor that is wholly known. */
export const wholeClaim = (tree: OpenTree): Claim => ({ data: tree.data, has: () => true, tree });

/** A tensor of which some leaves are known; none if not even its root is known. */
export function partialClaim(own: TensorTree, partial: PartialTree | undefined): Claim {
  if (partial === undefined) return { data: own.data, has: () => false, tree: own };
  const data = Uint8Array.from(own.data);
  for (const leaf of partial.leaves) {
    const start = leaf * LEAF;
    if (start < data.length) data.set(partial.leaf(leaf)!.subarray(0, data.length - start), start);
  }
  const tree = { root: partial.root, data, prove: (leaves: Iterable<number>) => partial.prove(leaves) };
  return { data, has: (leaf) => partial.leaf(leaf) !== undefined, tree };
}
