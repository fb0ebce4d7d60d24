import { sha256 } from "#sha256.ts";
import { toHex } from "../bytes.ts";
import { byteLength, commitStrides, sizeOf } from "../tensor/shape.ts";
import { widthOf, type DType } from "../tensor/dtype.ts";

/** Bytes of a leaf. */
export const LEAF = 1024;

type Shape = { dtype: DType; dims: readonly number[] };
type Laid = Shape & { perm: readonly number[] };

/** What is hashed: the tag 0 and a leaf, or the tag 1 and two hashes. One place of each is enough, and none is thrown away. */
const taggedLeaf = new Uint8Array(1 + LEAF);
const taggedPair = Uint8Array.of(1, ...new Uint8Array(64));

/** `content` is the whole leaf, padding and all. */
export function leafHash(content: Uint8Array): Uint8Array {
  if (content.length !== LEAF) throw new RangeError(`a leaf has ${LEAF} bytes, not ${content.length}`);
  taggedLeaf.set(content, 1);
  return sha256(taggedLeaf);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  taggedPair.set(left, 1);
  taggedPair.set(right, 33);
  return sha256(taggedPair);
}

const ZERO_LEAF = leafHash(new Uint8Array(LEAF));
/** Root of a full tree of zero leaves, by height. */
const zeroNode: Uint8Array[] = [ZERO_LEAF];
const zeroAt = (height: number): Uint8Array => {
  while (zeroNode.length <= height) zeroNode.push(nodeHash(zeroNode[zeroNode.length - 1], zeroNode[zeroNode.length - 1]));
  return zeroNode[height];
};

/** Leaves that hold a tensor's data; at least one. */
export const leafCount = (t: Shape): number => Math.max(1, Math.ceil(byteLength(t) / LEAF));

/** Depth of a tensor's tree; follows from dtype and shape. */
export const treeDepth = (t: Shape): number => Math.ceil(Math.log2(leafCount(t)));

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

/**
 * The SHA-256 tree of one tensor (docs/protocol.md §1.3) over its bytes in commit order.
 * `levels[h]` holds the nodes of height `h` that cover data; the others are roots of zero trees.
 */
export class TensorTree {
  readonly #data: Uint8Array;
  readonly #levels: Uint8Array[][];
  readonly depth: number;

  constructor(tensor: Shape, commitOrder: Uint8Array) {
    if (commitOrder.length !== byteLength(tensor))
      throw new RangeError(`a tensor of shape [${tensor.dims}] has ${byteLength(tensor)} bytes, not ${commitOrder.length}`);
    this.#data = commitOrder;
    this.depth = treeDepth(tensor);
    const leaves = Array.from({ length: leafCount(tensor) }, (_, i) => leafHash(this.leaf(i)));
    this.#levels = [leaves];
    for (let h = 0; h < this.depth; h++) {
      const below = this.#levels[h];
      this.#levels.push(Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => this.#parent(below, h, i)));
    }
  }

  get data(): Uint8Array {
    return this.#data;
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
    return toHex(this.#levels[this.depth][0]);
  }

  /** The root after the bytes of `leaves` were changed in place in `data`. Costs depth × changed leaves hashes. */
  update(leaves: Iterable<number>): string {
    let dirty = new Set(leaves);
    for (const i of dirty) this.#levels[0][i] = leafHash(this.leaf(i));
    for (let h = 0; h < this.depth; h++) {
      dirty = new Set([...dirty].map((i) => i >> 1));
      for (const i of dirty) this.#levels[h + 1][i] = this.#parent(this.#levels[h], h, i);
    }
    return this.root;
  }

  /** Hash of node `index` of a level, counted from the root. */
  node(level: number, index: number): Uint8Array {
    const height = this.depth - level;
    return this.#levels[height][index] ?? zeroAt(height);
  }

  /** Siblings of a node and of its ancestors, bottom first. */
  siblings(level: number, index: number): Uint8Array[] {
    return Array.from({ length: level }, (_, up) => this.node(level - up, (index >> up) ^ 1));
  }

  #parent(below: Uint8Array[], height: number, i: number): Uint8Array {
    return nodeHash(below[2 * i], below[2 * i + 1] ?? zeroAt(height));
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
        else siblings.push(this.#levels[h][node ^ 1] ?? zeroAt(h));
        parents.push(node >> 1);
      }
      known = parents;
    }
    const data = new Uint8Array(leaves.length * LEAF);
    leaves.forEach((leaf, i) => data.set(this.leaf(leaf), i * LEAF));
    return { leaves, data, siblings };
  }
}

/** Rearranges row-major bytes into commit order. */
export const toCommitOrder = (t: Laid, rowMajor: Uint8Array): Uint8Array => reorder(t, rowMajor, true);

/** Rearranges bytes in commit order into row-major order. */
export const toRowMajor = (t: Laid, commitOrder: Uint8Array): Uint8Array => reorder(t, commitOrder, false);

function reorder(t: Laid, from: Uint8Array, intoCommit: boolean): Uint8Array {
  if (t.perm.every((axis, i) => axis === i)) return from;
  const width = widthOf(t.dtype);
  const to = new Uint8Array(from.length);
  const size = sizeOf(t.dims);
  const strides = commitStrides(t.dims, t.perm);
  const c = new Array<number>(t.dims.length).fill(0);
  let commit = 0;
  const copy = copier(width, from, to);
  for (let element = 0; element < size; element++) {
    if (intoCommit) copy(element, commit);
    else copy(commit, element);
    for (let a = t.dims.length - 1; a >= 0; a--) {
      commit += strides[a];
      if (++c[a] < t.dims[a]) break;
      commit -= strides[a] * t.dims[a];
      c[a] = 0;
    }
  }
  return to;
}

/** Copies one element of `width` bytes; by words where the buffers are aligned. */
function copier(width: 1 | 2 | 4 | 8, from: Uint8Array, to: Uint8Array): (source: number, target: number) => void {
  if (width === 1) return (s, d) => void (to[d] = from[s]);
  if (width === 4 && from.byteOffset % 4 === 0) {
    const a = new Uint32Array(from.buffer, from.byteOffset, from.length / 4);
    const b = new Uint32Array(to.buffer);
    return (s, d) => void (b[d] = a[s]);
  }
  return (s, d) => to.set(from.subarray(s * width, (s + 1) * width), d * width);
}

/** Root of a tensor given its row-major bytes. */
export const tensorRoot = (t: Laid, rowMajor: Uint8Array): string => new TensorTree(t, toCommitOrder(t, rowMajor)).root;
