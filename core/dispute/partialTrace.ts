import { hexlify } from "ethers";
import { keccakNode } from "../merkle/keccakTree.ts";
import { sealTrace, spanBelow, TRACE, traceNode, TraceTree, type TracePaths } from "../merkle/traceTree.ts";
import type { Place, Shown } from "./places.ts";

/**
 * The known part of the trace tree that an operator committed to, beside the challenger's own tree. If a hash equals that of
 * the own tree, everything below it is equal. Levels are counted from the root.
 */
export class PartialTrace implements TracePaths {
  readonly root: string;
  readonly #own: TraceTree;
  readonly #nodes = new Map<string, string>();
  readonly #roots = new Map<number, string>();

  constructor(root: string, own: TraceTree) {
    this.root = root;
    this.#own = own;
    // Nothing but the sealed root is known above the first level.
    if (root === own.root) this.#nodes.set(at(0, 0), own.node(0, 0));
  }

  get depth(): number {
    return this.#own.depth;
  }

  /** Root of a tensor, if it and its path are known; ABSENT if the operator committed to none. */
  tensor(id: number): string | undefined {
    return this.#roots.get(id) ?? (this.#agrees(this.depth, id) ? this.#own.roots[id] : undefined);
  }

  path(id: number): string[] {
    return Array.from({ length: this.depth }, (_, up) => {
      const [level, index] = [this.depth - up, (id >> up) ^ 1];
      const hash = this.#node(level, index);
      if (hash === undefined) throw new RangeError(`node ${index} of level ${level} of the trace is not known`);
      return hash;
    });
  }

  /** Adds what was shown of this trace. Returns false, and adds nothing, if it does not belong to this trace. */
  learn({ hashes, siblings }: Shown): boolean {
    if (hashes === undefined) return false;
    const { level, index, below } = hashes;
    if (level !== siblings.length || level > this.depth || below.length !== 2 ** spanBelow(this.depth, level)) return false;
    const bottom = level + spanBelow(this.depth, level);
    const nodes = new Map<string, string>();
    let row = below.map((hash) => traceNode(hexlify(hash), bottom === this.depth));
    for (let height = bottom; height > level; height--) {
      const first = index * row.length;
      row.forEach((hash, i) => nodes.set(at(height, first + i), hash));
      row = Array.from({ length: row.length / 2 }, (_, i) => this.#parent(height, first + 2 * i, row[2 * i], row[2 * i + 1]));
    }
    if (!this.#climb(level, index, row[0], siblings.map((sibling) => hexlify(sibling)), nodes)) return false;
    for (const [key, node] of nodes) this.#nodes.set(key, node);
    if (bottom !== this.depth) return true;
    below.forEach((root, i) => this.#roots.set(index * below.length + i, hexlify(root)));
    return true;
  }

  /** Adds a tensor's root with its path, as a proof shows them. Returns false, and adds nothing, if they do not belong to this trace. */
  learnPath(id: number, root: string, path: readonly string[]): boolean {
    const nodes = new Map<string, string>();
    if (path.length !== this.depth || !this.#climb(this.depth, id, traceNode(root, true), path, nodes)) return false;
    for (const [key, node] of nodes) this.#nodes.set(key, node);
    this.#roots.set(id, root);
    return true;
  }

  /** Adds all roots, as an operator serves them. Returns false if they do not belong to this trace. */
  learnAll(roots: readonly string[]): boolean {
    const whole = new TraceTree(roots);
    if (roots.length !== this.#own.roots.length || whole.root !== this.root) return false;
    for (let level = 0; level <= this.depth; level++) {
      for (let index = 0; index < 2 ** level; index++) this.#nodes.set(at(level, index), whole.node(level, index));
    }
    roots.forEach((root, id) => this.#roots.set(id, root));
    return true;
  }

  /** The place that leads to the root of a tensor. */
  placeOf(id: number): Place {
    let level = this.depth - 1;
    while (level > 0 && !this.#nodes.has(at(level, id >> (this.depth - level)))) level--;
    return { tensor: TRACE, level, index: id >> (this.depth - level) };
  }

  /** Notes a node, its siblings and all above it. Returns whether they lead to this trace's root. */
  #climb(level: number, index: number, node: string, siblings: readonly string[], nodes: Map<string, string>): boolean {
    let hash = node;
    for (let up = 0; up < level; up++) {
      const [here, position, sibling] = [level - up, index >> up, siblings[up]];
      nodes.set(at(here, position), hash).set(at(here, position ^ 1), sibling);
      hash = position % 2 === 0 ? keccakNode(hash, sibling) : keccakNode(sibling, hash);
    }
    nodes.set(at(0, 0), hash);
    return sealTrace(hash, this.depth) === this.root;
  }

  #node(level: number, index: number): string | undefined {
    return this.#nodes.get(at(level, index)) ?? (this.#agrees(level, index) ? this.#own.node(level, index) : undefined);
  }

  /** The node over two nodes of a level, of which the left one has that index: where both are the own tree's, its node is known. */
  #parent(level: number, index: number, left: string, right: string): string {
    const own = this.#own;
    const isOwn = left === own.node(level, index) && right === own.node(level, index + 1);
    return isOwn ? own.node(level - 1, index >> 1) : keccakNode(left, right);
  }

  /** Whether a node is known to equal that of the own tree: the lowest known node above it does. */
  #agrees(level: number, index: number): boolean {
    for (let up = 0; up <= level; up++) {
      const known = this.#nodes.get(at(level - up, index >> up));
      if (known !== undefined) return known === this.#own.node(level - up, index >> up);
    }
    return false;
  }
}

const at = (level: number, index: number): string => `${level}:${index}`;
