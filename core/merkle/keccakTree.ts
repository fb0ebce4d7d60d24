import { concat, keccak256, type BytesLike } from "ethers";
import { writeHex } from "../bytes.ts";

const ZERO = `0x${"00".repeat(32)}`;

/** Depth of the tree over that many leaves. */
export const keccakDepth = (leaves: number): number => Math.ceil(Math.log2(Math.max(1, leaves)));

/** Full binary keccak-256 tree over tagged leaves (docs/protocol.md §1.5, §1.6). */
export class KeccakTree {
  readonly #levels: string[][];

  /** `leaves` are leaf hashes. */
  constructor(leaves: readonly string[]) {
    const depth = keccakDepth(leaves.length);
    this.#levels = [Array.from({ length: 2 ** depth }, (_, i) => leaves[i] ?? ZERO)];
    for (let h = 0; h < depth; h++) {
      const below = this.#levels[h];
      this.#levels.push(Array.from({ length: below.length / 2 }, (_, i) => keccakNode(below[2 * i], below[2 * i + 1])));
    }
  }

  get root(): string {
    return this.#levels[this.#levels.length - 1][0];
  }

  get depth(): number {
    return this.#levels.length - 1;
  }

  /** Hash of node `index` of a level, counted from the root. */
  node(level: number, index: number): string {
    return this.#levels[this.depth - level][index];
  }

  /** In every of the lowest `levels`, from left to right: the siblings that these ascending leaves do not give. */
  prove(leaves: readonly number[], levels: number): string[] {
    const siblings: string[] = [];
    let known = leaves;
    for (let h = 0; h < levels; h++) {
      const at = new Set(known);
      siblings.push(...known.filter((i) => !at.has(i ^ 1)).map((i) => this.#levels[h][i ^ 1]));
      known = [...new Set(known.map((i) => i >> 1))];
    }
    return siblings;
  }

  /** Puts another hash in the place of leaf `i`. */
  set(i: number, leaf: string): void {
    this.#levels[0][i] = leaf;
    for (let h = 1, at = i >> 1; h < this.#levels.length; h++, at >>= 1) {
      const below = this.#levels[h - 1];
      this.#levels[h][at] = keccakNode(below[2 * at], below[2 * at + 1]);
    }
  }

  /** Siblings from leaf `i` up to the root. */
  path(i: number): string[] {
    return this.#levels.slice(0, -1).map((level, h) => level[(i >> h) ^ 1]);
  }
}

export const rowLeaf = (row: BytesLike): string => keccak256(concat(["0x00", row]));
export const headerLeaf = (header: BytesLike): string => keccak256(concat(["0x02", header]));

/** What is hashed: the tag 0 and a tensor root, or the tag 1 and two hashes. One place of each is enough. */
const taggedRoot = new Uint8Array(33);
const taggedPair = Uint8Array.of(1, ...new Uint8Array(64));

export function traceLeaf(tensorRoot: string): string {
  writeHex(tensorRoot, taggedRoot, 1);
  return keccak256(taggedRoot);
}

export function keccakNode(left: string, right: string): string {
  writeHex(left, taggedPair, 1);
  writeHex(right, taggedPair, 33);
  return keccak256(taggedPair);
}
