import { toHex } from "../bytes.ts";
import type { DType } from "../tensor/dtype.ts";
import { byteLength } from "../tensor/shape.ts";
import { toCommitOrder, type Laid } from "./commitOrder.ts";
import { depthOf, LEAF, TreeHashes } from "./treeHashes.ts";

export { toCommitOrder, toRowMajor } from "./commitOrder.ts";
export { LEAF, leafHash, nodeHash } from "./treeHashes.ts";

type Shape = { dtype: DType; dims: readonly number[] };

/** Leaves that hold a tensor's data; at least one. */
export const leafCount = (t: Shape): number => Math.max(1, Math.ceil(byteLength(t) / LEAF));

/** Depth of a tensor's tree; follows from dtype and shape. */
export const treeDepth = (t: Shape): number => depthOf(leafCount(t));

/** What stands between opened leaves and a root: the hashes of the subtrees not opened, bottom level first. */
export interface Multiproof {
  leaves: number[];
  data: Uint8Array;
  siblings: Uint8Array[];
}

/** Siblings in a proof of the given leaves. */
export function siblingCount(wanted: Iterable<number>, depth: number): number {
  let known = [...new Set(wanted)].sort((a, b) => a - b);
  let count = 0;
  for (let h = 0; h < depth; h++) {
    const parents = known.map((i) => i >> 1).filter((parent, i, all) => parent !== all[i - 1]);
    // Every parent has two children, of which one may be missing.
    count += 2 * parents.length - known.length;
    known = parents;
  }
  return count;
}

/** The SHA-256 tree of one tensor (docs/protocol.md §1.3) over its bytes in commit order. */
export class TensorTree {
  readonly #data: Uint8Array;
  readonly #hashes: TreeHashes;

  /** @param hashes of the whole tree, where they are known already */
  constructor(tensor: Shape, commitOrder: Uint8Array, hashes?: TreeHashes) {
    if (commitOrder.length !== byteLength(tensor))
      throw new RangeError(`a tensor of shape [${tensor.dims}] has ${byteLength(tensor)} bytes, not ${commitOrder.length}`);
    this.#data = commitOrder;
    this.#hashes = hashes ?? new TreeHashes(leafCount(tensor));
    if (hashes === undefined) this.#hashes.hashSubtree(commitOrder, this.depth, 0);
  }

  get data(): Uint8Array {
    return this.#data;
  }

  get depth(): number {
    return this.#hashes.depth;
  }

  /** Content of leaf `i`, zero-padded to 1,024 bytes. */
  leaf(i: number): Uint8Array {
    const part = this.#data.subarray(i * LEAF, (i + 1) * LEAF);
    if (part.length === LEAF) return part;
    const padded = new Uint8Array(LEAF);
    padded.set(part);
    return padded;
  }

  get root(): string {
    return toHex(this.#hashes.node(this.depth, 0));
  }

  /** The root after the bytes of `leaves` were changed in place in `data`. Costs depth × changed leaves hashes. */
  update(leaves: Iterable<number>): string {
    let dirty = new Set(leaves);
    for (const i of dirty) this.#hashes.hashLeaf(this.#data, i);
    for (let h = 1; h <= this.depth; h++) {
      dirty = new Set([...dirty].map((i) => i >> 1));
      for (const i of dirty) this.#hashes.hashNode(h, i);
    }
    return this.root;
  }

  /** Hash of node `index` of a level, counted from the root. */
  node(level: number, index: number): Uint8Array {
    return this.#hashes.node(this.depth - level, index).slice();
  }

  /** Siblings of a node and of its ancestors, bottom first. */
  siblings(level: number, index: number): Uint8Array[] {
    return Array.from({ length: level }, (_, up) => this.node(level - up, (index >> up) ^ 1));
  }

  /** Proof of the given leaves: in every level, from left to right, the siblings that the level below does not give. */
  prove(wanted: Iterable<number>): Multiproof {
    const leaves = [...new Set(wanted)].sort((a, b) => a - b);
    const siblings: Uint8Array[] = [];
    let known = leaves;
    for (let h = 0; h < this.depth; h++) {
      const parents: number[] = [];
      for (let i = 0; i < known.length; i++) {
        const node = known[i];
        if (known[i + 1] === (node ^ 1)) i++;
        else siblings.push(this.#hashes.node(h, node ^ 1).slice());
        parents.push(node >> 1);
      }
      known = parents;
    }
    const data = new Uint8Array(leaves.length * LEAF);
    leaves.forEach((leaf, i) => data.set(this.leaf(leaf), i * LEAF));
    return { leaves, data, siblings };
  }
}

/** Root of a tensor given its row-major bytes. */
export const tensorRoot = (t: Laid, rowMajor: Uint8Array): string => new TensorTree(t, toCommitOrder(t, rowMajor)).root;
