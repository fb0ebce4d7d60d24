import { bitsOf, extendChain, floatOf, sameFloat, type Chain } from "../../math/float32.ts";
import { slowProducts as slowProductsOf } from "../../math/chainCost.ts";
import { blockAt, extendGroups, extendLanes, foldLanes, LANES, slowProducts as slowGemvProductsOf } from "../../math/gemv.ts";
import { Rule, type Node } from "../../program/types.ts";
import { reductionTwin, type Range } from "../reduction.ts";
import type { Inputs, OpTwin, Reduction } from "../twin.ts";
import type { Work } from "../work.ts";
import { BIAS_FIRST, CONTIGUOUS_ROWS } from "./sgemm.ts";

export const ONE = 0x3f800000;

// Words of the state: the position; of the chunk or group in hand its result, or all lanes; the total of those before it; what
// is added to that in the end.
const WORDS = 4;
const OPEN = 1;
const TOTAL = 2;
const LAST = 3;

/** alpha · Σ a[k]·b[k] + beta · c, of which some consecutive products are in hand, the first being product `from`. As bits. */
export interface Product {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  readonly alpha: number;
  readonly beta: number;
  readonly c: number;
  readonly from: number;
  /** Number of all products. */
  readonly length: number;
  /** Places of a kernel that were computed to find them. */
  readonly taps: number;
}

export interface ProductParts {
  /** Number of positions, which is that of all products. */
  length(node: Node): number;
  /** Outputs that a kernel for one row or column computes in one call. */
  run(node: Node): number;
  /** See Reduction; any element where it is left out. */
  fullest?(node: Node): number;
  /** The products at some positions; `c` is read where they begin the reduction. */
  product(node: Node, element: number, x: Inputs, range: Range): Product;
}

/** Judges alpha · Σ a[k]·b[k] + beta · c under the node's rule (docs/protocol.md §2.3, §2.4). */
export function floatProductTwin({ length, run, fullest = () => 0, product }: ProductParts): { admissible: OpTwin; reduction: Reduction } {
  return reductionTwin<number>({
    words: (node) => (ruleOf(node), WORDS),
    length,
    // Of a convolution in the padding only the weights are read.
    bytes: () => 4,
    fullest,
    work(node, element, x, range, state) {
      const p = product(node, element, x, range);
      const gathered = { taps: p.taps, words: Math.ceil(p.a.length / 4) + p.taps };
      return { ...(ruleOf(node) === Rule.chain ? chainWork(node, p, state) : gemvWork(node, p, state)), ...gathered };
    },
    reduce(node, element, x, range, state) {
      const p = product(node, element, x, range);
      if (p.from === 0) {
        const beta = floatOf(p.beta);
        const bias = beta === 0 ? 0 : Math.fround(beta * floatOf(p.c));
        state[has(node, BIAS_FIRST) ? TOTAL : LAST] = carriedBits(bias);
      }
      if (ruleOf(node) === Rule.chain) extend(node, p, state);
      else if (has(node, CONTIGUOUS_ROWS)) state[OPEN] = packed(lanesAfter(state, p));
      else extendGroup(p, state);
      return element;
    },
    conclude(node, _x, element, state, claimed) {
      const [total, last] = [numberIn(state, TOTAL), numberIn(state, LAST)];
      const isLanes = ruleOf(node) === Rule.gemv && has(node, CONTIGUOUS_ROWS);
      const outputs = run(node);
      const sum = isLanes ? Math.fround(foldLanes(lanesIn(state), blockAt(element % outputs, outputs)) + total) : total;
      return sameFloat(Math.fround(sum + last), floatOf(Number(claimed)));
    },
  });
}

function ruleOf({ rule }: Node): typeof Rule.chain | typeof Rule.gemv {
  if (rule !== Rule.chain && rule !== Rule.gemv) throw new RangeError(`a float dot product has no rule ${rule}`);
  return rule;
}

const has = ({ flags }: Node, flag: number): boolean => (flags & flag) !== 0;

const numberIn = (state: readonly bigint[], word: number): number => floatOf(Number(state[word]));

function chainWork(node: Node, p: Product, state: readonly bigint[] | undefined): Work {
  const count = p.a.length;
  const chunks = 1 + Math.floor(count / (node.chunk === 0 ? p.length : node.chunk));
  // Blocks of eight, of which the last of every chunk may have less.
  const slowProducts = state === undefined ? count + 8 * (chunks + 1) : slowProductsOf(numberIn(state, OPEN), p.a, p.b, p.from, p.length, node.chunk);
  return { chainProducts: count, slowProducts, chunks: chunks + 1 };
}

/** What it takes to unpack sums and to pack them, and to add lanes up, in chunks that are closed. */
const LANES_CLOSED = 5;
const GROUPS_CLOSED = 3;

function gemvWork(node: Node, p: Product, state: readonly bigint[] | undefined): Work {
  const count = p.a.length;
  const sums = state === undefined ? [] : has(node, CONTIGUOUS_ROWS) ? [...lanesIn(state)].map(bitsOf) : [OPEN, TOTAL].map((word) => Number(state[word]));
  const slowGemvProducts = state === undefined ? count : slowGemvProductsOf(p.a, p.b, p.from, sums);
  return { gemvProducts: count, slowGemvProducts, chunks: has(node, CONTIGUOUS_ROWS) ? LANES_CLOSED : GROUPS_CLOSED };
}

function extend(node: Node, p: Product, state: bigint[]): void {
  const chain: Chain = { open: numberIn(state, OPEN), total: numberIn(state, TOTAL) };
  extendChain(chain, floatsOf(p.a), floatsOf(p.b), p.from, p.length, { chunk: node.chunk, alpha: floatOf(p.alpha) });
  [state[OPEN], state[TOTAL]] = [carriedBits(chain.open), carriedBits(chain.total)];
}

function extendGroup(p: Product, state: bigint[]): void {
  const groups = { open: numberIn(state, OPEN), total: numberIn(state, TOTAL) };
  extendGroups(groups, floatsOf(p.a), floatsOf(p.b), p.from, p.length);
  [state[OPEN], state[TOTAL]] = [carriedBits(groups.open), carriedBits(groups.total)];
}

function lanesAfter(state: readonly bigint[], p: Product): Float32Array {
  const lanes = lanesIn(state);
  extendLanes(lanes, floatsOf(p.a), floatsOf(p.b), p.from);
  return lanes;
}

/** Lanes side by side in a word, lane 0 the most significant one. */
const lanesIn = (state: readonly bigint[]): Float32Array =>
  Float32Array.from({ length: LANES }, (_, i) => floatOf(Number((state[OPEN] >> BigInt(32 * (LANES - 1 - i))) & 0xffffffffn)));

const packed = (lanes: Float32Array): bigint => lanes.reduce((word, lane) => (word << 32n) | carriedBits(lane), 0n);

/** As the contract carries a number: +0 for any zero, one NaN for all. */
const carriedBits = (value: number): bigint => (value === 0 ? 0n : Number.isNaN(value) ? 0x7fc00000n : BigInt(bitsOf(value)));

const floatsOf = (bits: Uint32Array): Float32Array => new Float32Array(bits.buffer, bits.byteOffset, bits.length);
