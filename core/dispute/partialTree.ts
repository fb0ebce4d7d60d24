import { fromHex, sameBytes } from "../bytes.ts";
import { LEAF, leafHash, nodeHash, type Multiproof, type TensorTree } from "../merkle/tensorTree.ts";
import type { Shown } from "./places.ts";

/** If so many shown hashes all differ, the tensor is assumed to differ in every leaf. */
const MANY = 32;

/**
 * The known part of a tensor's tree whose root is given: every hash in it was checked against that root. If a hash equals that
 * of `base`, the challenger's own tree, everything below it is equal. Levels are counted from the root.
 */
export class PartialTree {
  readonly root: string;
  readonly depth: number;
  readonly #base: TensorTree | undefined;
  readonly #hashes = new Map<string, Uint8Array>();
  readonly #leaves = new Map<number, Uint8Array>();

  constructor(root: string, depth: number, base?: TensorTree) {
    this.root = root;
    this.#base = base;
    this.depth = depth;
    this.#hashes.set(at(0, 0), fromHex(root));
  }

  /** Hash of a node, if it is known. */
  node(level: number, index: number): Uint8Array | undefined {
    return this.#hashes.get(at(level, index)) ?? (this.#agrees(level, index) ? this.#base!.node(level, index) : undefined);
  }

  /** Level of the lowest node, at or above this one, whose hash was shown or is the root. */
  lowestShown(level: number, index: number): number {
    for (let up = 0; up < level; up++) if (this.#hashes.has(at(level - up, index >> up))) return level - up;
    return 0;
  }

  /** Whether many hashes were shown below the root and none equals that of `base`. */
  get differsThroughout(): boolean {
    let shown = 0;
    for (const [key, hash] of this.#hashes) {
      const [level, index] = key.split(":").map(Number);
      if (level === 0) continue;
      if (this.#base !== undefined && sameBytes(hash, this.#base.node(level, index))) return false;
      shown++;
    }
    return shown >= MANY;
  }

  /** Content of a leaf, 1,024 bytes, if it is known. */
  leaf(index: number): Uint8Array | undefined {
    return this.#leaves.get(index) ?? (this.#agrees(this.depth, index) ? this.#base!.leaf(index) : undefined);
  }

  /** Leaves whose content was shown. */
  get leaves(): number[] {
    return [...this.#leaves.keys()];
  }

  /** Adds what a reveal shows of this tensor. Returns false, and adds nothing, if it does not belong to this tree. */
  learn(shown: Shown): boolean {
    const nodes = new Map<string, Uint8Array>();
    let frontier: [index: number, hash: Uint8Array][];
    let level: number;
    if (shown.leaves !== undefined) {
      const { leaves, data } = shown.leaves;
      if (leaves.length === 0 || data.length !== leaves.length * LEAF) return false;
      level = this.depth;
      frontier = leaves.map((leaf, i) => [leaf, leafHash(data.subarray(i * LEAF, (i + 1) * LEAF))]);
    } else if (shown.hashes !== undefined) {
      const { below, index } = shown.hashes;
      level = shown.hashes.level + Math.log2(below.length);
      frontier = below.map((hash, i) => [index * below.length + i, hash]);
    } else {
      return false;
    }
    const siblings = [...shown.siblings];
    for (; level > 0; level--) {
      const parents: typeof frontier = [];
      for (let i = 0; i < frontier.length; i++) {
        const [index, hash] = frontier[i];
        const pair = frontier[i + 1]?.[0] === (index ^ 1) ? frontier[++i][1] : siblings.shift();
        if (pair === undefined) return false;
        nodes.set(at(level, index), hash).set(at(level, index ^ 1), pair);
        parents.push([Math.floor(index / 2), index % 2 === 0 ? nodeHash(hash, pair) : nodeHash(pair, hash)]);
      }
      frontier = parents;
    }
    const [[index, hash]] = frontier;
    if (siblings.length > 0 || index !== 0 || !sameBytes(hash, this.node(0, 0)!)) return false;
    for (const [key, node] of nodes) this.#hashes.set(key, node);
    shown.leaves?.leaves.forEach((leaf, i) => {
      this.#leaves.set(leaf, shown.leaves!.data.subarray(i * LEAF, (i + 1) * LEAF));
    });
    return true;
  }

  /** Proof of known leaves, as TensorTree gives it. */
  prove(wanted: Iterable<number>): Multiproof {
    const leaves = [...new Set(wanted)].sort((a, b) => a - b);
    const siblings: Uint8Array[] = [];
    let known = leaves;
    for (let level = this.depth; level > 0; level--) {
      const parents: number[] = [];
      for (let i = 0; i < known.length; i++) {
        const index = known[i];
        if (known[i + 1] === (index ^ 1)) i++;
        else siblings.push(this.#known(level, index ^ 1));
        parents.push(index >> 1);
      }
      known = parents;
    }
    const data = new Uint8Array(leaves.length * LEAF);
    leaves.forEach((leaf, i) => {
      const content = this.leaf(leaf);
      if (content === undefined) throw new RangeError(`leaf ${leaf} is not known`);
      data.set(content, i * LEAF);
    });
    return { leaves, data, siblings };
  }

  #agrees(level: number, index: number): boolean {
    if (this.#base === undefined) return false;
    const lowest = this.lowestShown(level, index);
    const position = index >> (level - lowest);
    return sameBytes(this.#hashes.get(at(lowest, position))!, this.#base.node(lowest, position));
  }

  #known(level: number, index: number): Uint8Array {
    const hash = this.node(level, index);
    if (hash === undefined) throw new RangeError(`node ${index} of level ${level} is not known`);
    return hash;
  }
}

const at = (level: number, index: number): string => `${level}:${index}`;
