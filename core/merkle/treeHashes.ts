import { sha256, sha256Into } from "#sha256.ts";

/** Bytes of a leaf, and of a hash. */
export const LEAF = 1024;
export const HASH = 32;

/** What is hashed: the tag 0 and a leaf, or the tag 1 and two hashes. One place of each is enough, and none is thrown away. */
const taggedLeaf = new Uint8Array(1 + LEAF);
/** The two hashes begin with the second word, the tag is the byte before them. */
const pairWords = new Int32Array(1 + (2 * HASH) / 4);
const taggedPair = new Uint8Array(pairWords.buffer, 3);
taggedPair[0] = 1;

/** `content` is the whole leaf, padding and all. */
export function leafHash(content: Uint8Array): Uint8Array {
  if (content.length !== LEAF) throw new RangeError(`a leaf has ${LEAF} bytes, not ${content.length}`);
  taggedLeaf.set(content, 1);
  return sha256(taggedLeaf);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  taggedPair.set(left, 1);
  taggedPair.set(right, 1 + HASH);
  return sha256(taggedPair);
}

/** Root of a full tree of zero leaves, by height. */
const zeroNode: Uint8Array[] = [leafHash(new Uint8Array(LEAF))];
export const zeroAt = (height: number): Uint8Array => {
  while (zeroNode.length <= height) zeroNode.push(nodeHash(zeroNode[zeroNode.length - 1], zeroNode[zeroNode.length - 1]));
  return zeroNode[height];
};

/** Depth of a full binary tree over so many leaves. */
export const depthOf = (leaves: number): number => Math.ceil(Math.log2(leaves));

/** Nodes of each height that cover data; all others are roots of zero trees. */
export const widthsOf = (leaves: number): number[] => Array.from({ length: depthOf(leaves) + 1 }, (_, height) => Math.ceil(leaves / 2 ** height));

/**
 * The hashes of one tensor's tree in one piece of memory, 32 bytes each: all leaves, then the nodes of height 1, and so on
 * to the root, as far as they cover data. Threads that hash subtrees beside each other may share the memory.
 */
export class TreeHashes {
  readonly depth: number;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  /** Of each height: how many nodes there are, and where the first one's hash begins. */
  readonly #widths: readonly number[];
  readonly #starts: readonly number[];

  /** Bytes that the hashes of a tree over so many leaves take. */
  static bytesFor(leaves: number): number {
    return HASH * widthsOf(leaves).reduce((count, width) => count + width, 0);
  }

  /** @param memory of `bytesFor(leaves)` bytes */
  constructor(leaves: number, memory: ArrayBufferLike = new ArrayBuffer(TreeHashes.bytesFor(leaves))) {
    this.#widths = widthsOf(leaves);
    this.depth = this.#widths.length - 1;
    let start = 0;
    this.#starts = this.#widths.map((width) => (start += HASH * width) - HASH * width);
    this.#bytes = new Uint8Array(memory, 0, start);
    this.#words = new Int32Array(memory, 0, start / 4);
  }

  /** A node's hash; `index` counts the nodes of its height. A view, not a copy. */
  node(height: number, index: number): Uint8Array {
    if (index >= this.#widths[height]) return zeroAt(height);
    const start = this.#starts[height] + HASH * index;
    return this.#bytes.subarray(start, start + HASH);
  }

  /**
   * Hashes a subtree: its leaves, and what stands over them up to its root.
   * @param data the tensor's bytes in commit order
   */
  hashSubtree(data: Uint8Array, height: number, index: number): void {
    const end = Math.min((index + 1) * 2 ** height, this.#widths[0]);
    for (let leaf = index * 2 ** height; leaf < end; leaf++) this.hashLeaf(data, leaf);
    for (let h = 1; h <= height; h++) this.#hashNodes(h, index * 2 ** (height - h), (index + 1) * 2 ** (height - h));
  }

  /** Hashes what stands over subtrees of that height. */
  hashAbove(height: number): void {
    for (let h = height + 1; h <= this.depth; h++) this.#hashNodes(h, 0, this.#widths[h]);
  }

  hashLeaf(data: Uint8Array, leaf: number): void {
    const content = data.subarray(leaf * LEAF, (leaf + 1) * LEAF);
    taggedLeaf.set(content, 1);
    if (content.length < LEAF) taggedLeaf.fill(0, 1 + content.length);
    sha256Into(taggedLeaf, this.#bytes, HASH * leaf);
  }

  hashNode(height: number, index: number): void {
    const left = (this.#starts[height - 1] + 2 * HASH * index) / 4;
    if (2 * index + 1 < this.#widths[height - 1]) {
      for (let i = 0; i < (2 * HASH) / 4; i++) pairWords[1 + i] = this.#words[left + i];
    } else {
      // It may have to be hashed first, in the same place.
      const zero = zeroAt(height - 1);
      taggedPair.set(this.node(height - 1, 2 * index), 1);
      taggedPair.set(zero, 1 + HASH);
    }
    sha256Into(taggedPair, this.#bytes, this.#starts[height] + HASH * index);
  }

  #hashNodes(height: number, from: number, to: number): void {
    const end = Math.min(to, this.#widths[height]);
    for (let index = from; index < end; index++) this.hashNode(height, index);
  }
}
