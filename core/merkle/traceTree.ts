import { KeccakTree, traceLeaf } from "./keccakTree.ts";

/** Stands for the trace tree itself where places of tensors are named: tensors are numbered in 32 bits. */
export const TRACE = 2 ** 32;

/** Stands where a trace has no tensor. */
export const ABSENT = `0x${"00".repeat(32)}`;

/** Levels between a node and the hashes below it that are shown at once: 64 of them, or all leaves where fewer remain. */
const SPAN = 6;

/** Levels that the hashes of a place stand below its node; 0 for a leaf's content. */
export const spanBelow = (depth: number, level: number): number => Math.min(SPAN, depth - level);

/** The commitment to a trace: its tree's root with the depth in the low byte. */
export const sealTrace = (root: string, depth: number): string => root.slice(0, -2) + depth.toString(16).padStart(2, "0");

/** The node that a hash of a place stands for: at the level of the leaves it is a tensor root. */
export const traceNode = (hash: string, leaf: boolean): string => (leaf && hash !== ABSENT ? traceLeaf(hash) : hash);

/** The paths of a trace's tensors, as a proof shows them. */
export interface TracePaths {
  /** The commitment to the trace. */
  readonly root: string;
  readonly depth: number;
  /** Siblings from tensor `id` up to the root of the tree. */
  path(id: number): string[];
}

/** The tree over the roots of all computed tensors (docs/protocol.md §1.6). */
export class TraceTree implements TracePaths {
  readonly #roots: string[];
  readonly #tree: KeccakTree;

  constructor(tensorRoots: readonly string[]) {
    this.#roots = [...tensorRoots];
    this.#tree = new KeccakTree(tensorRoots.map(traceLeaf));
  }

  get root(): string {
    return sealTrace(this.#tree.root, this.depth);
  }

  get depth(): number {
    return this.#tree.depth;
  }

  get roots(): readonly string[] {
    return this.#roots;
  }

  path(id: number): string[] {
    return this.#tree.path(id);
  }

  set(id: number, tensorRoot: string): void {
    this.#roots[id] = tensorRoot;
    this.#tree.set(id, traceLeaf(tensorRoot));
  }

  /** Hash of a node, by its level below the root. */
  node(level: number, index: number): string {
    return this.#tree.node(level, index);
  }

  /** What a place shows: hashes some levels below its node, or tensor roots. */
  below(level: number, index: number): string[] {
    const span = spanBelow(this.depth, level);
    const first = index * 2 ** span;
    const leaves = level + span === this.depth;
    return Array.from({ length: 2 ** span }, (_, i) => (leaves ? (this.#roots[first + i] ?? ABSENT) : this.node(level + span, first + i)));
  }

  /** Siblings of a node and of its ancestors, bottom first. */
  siblings(level: number, index: number): string[] {
    return Array.from({ length: level }, (_, up) => this.node(level - up, (index >> up) ^ 1));
  }

  /** What stands between these tensors, ascending, and the hashes that an opening shows. */
  prove(ids: readonly number[]): string[] {
    return this.#tree.prove(ids, this.depth - spanBelow(this.depth, 0));
  }
}
