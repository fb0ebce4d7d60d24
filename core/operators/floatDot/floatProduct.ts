import { bitsOf, extendChain, floatOf, sameFloat, type Chain } from "../../math/float32.ts";
import { slowProducts as slowProductsOf } from "../../math/chainCost.ts";
import { addProducts, withinBound, type DotTerms } from "../../math/dotBound.ts";
import { Rule, type Node } from "../../program/types.ts";
import { reductionTwin, type Range } from "../reduction.ts";
import type { Inputs, OpTwin, Reduction } from "../twin.ts";

export const ONE = 0x3f800000;
const BIAS_FIRST = 1;

// Words of the state: of a chain the position, the result of the unfinished chunk, the total and what is added to it in
// the end; of a bound the position, c and the sums.
const CHAIN_WORDS = 4;
const BOUND_WORDS = 11;
const ADDEND = 1;
const SUMS = 2;

/** alpha · Σ a[k]·b[k] + beta · c, of which some consecutive products are in hand, the first being product `from`. */
export interface Product extends DotTerms {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  readonly from: number;
  /** Number of all products. */
  readonly length: number;
  /** Places of a kernel that were computed to find them. */
  readonly taps: number;
}

export interface ProductParts {
  /** Number of positions, which is that of all products. */
  length(node: Node): number;
  /** See Reduction; any element where it is left out. */
  fullest?(node: Node): number;
  /** The products at some positions; `c` is read where they begin the reduction. */
  product(node: Node, element: number, x: Inputs, range: Range): Product;
}

/** Judges alpha · Σ a[k]·b[k] + beta · c under the node's rule (docs/protocol.md §2.3, §2.4). */
export function floatProductTwin({ length, fullest = () => 0, product }: ProductParts): { admissible: OpTwin; reduction: Reduction } {
  return reductionTwin<Product>({
    words: (node) => (isChain(node) ? CHAIN_WORDS : BOUND_WORDS),
    length,
    // Of a convolution in the padding only the weights are read.
    bytes: () => 4,
    fullest,
    work(node, element, x, range, state) {
      const p = product(node, element, x, range);
      const count = p.a.length;
      const gathered = { taps: p.taps, words: Math.ceil(count / 4) + p.taps };
      if (!isChain(node)) return { boundProducts: count, ...gathered };
      const chunks = 1 + Math.floor(count / (node.chunk === 0 ? p.length : node.chunk));
      // Blocks of eight, of which the last of every chunk may have less.
      const slowProducts = state === undefined ? count + 8 * (chunks + 1) : slowProductsOf(floatOf(Number(state[1])), p.a, p.b, p.from, p.length, node.chunk);
      return { chainProducts: count, slowProducts, chunks: chunks + 1, ...gathered };
    },
    reduce(node, element, x, range, state) {
      const p = product(node, element, x, range);
      if (isChain(node)) extend(node, p, state);
      else {
        if (p.from === 0) state[ADDEND] = BigInt(p.c);
        const sums = state.slice(SUMS);
        addProducts(sums, p.a, p.b);
        state.splice(SUMS, sums.length, ...sums);
      }
      return p;
    },
    conclude(node, _x, p, state, claimed) {
      const bits = Number(claimed);
      if (!isChain(node)) return withinBound(state.slice(SUMS), p.length, { ...p, c: Number(state[ADDEND]) }, bits);
      const [, , total, last] = state.map((word) => floatOf(Number(word)));
      return sameFloat(Math.fround(total + last), floatOf(bits));
    },
  });
}

function isChain({ rule }: Node): boolean {
  if (rule !== Rule.chain && rule !== Rule.bound) throw new RangeError(`a float dot product has no rule ${rule}`);
  return rule === Rule.chain;
}

function extend(node: Node, p: Product, state: bigint[]): void {
  const [, open, total, last] = state.map((word) => floatOf(Number(word)));
  const chain: Chain = { open, total };
  let end = last;
  if (p.from === 0) {
    const beta = floatOf(p.beta);
    const bias = beta === 0 ? 0 : Math.fround(beta * floatOf(p.c));
    if ((node.flags & BIAS_FIRST) !== 0) chain.total = bias;
    else end = bias;
  }
  extendChain(chain, floatsOf(p.a), floatsOf(p.b), p.from, p.length, { chunk: node.chunk, alpha: floatOf(p.alpha) });
  state.splice(1, 3, ...[chain.open, chain.total, end].map(carriedBits));
}

/** As the contract carries a number: +0 for any zero, one NaN for all. */
const carriedBits = (value: number): bigint => (value === 0 ? 0n : Number.isNaN(value) ? 0x7fc00000n : BigInt(bitsOf(value)));

const floatsOf = (bits: Uint32Array): Float32Array => new Float32Array(bits.buffer, bits.byteOffset, bits.length);
