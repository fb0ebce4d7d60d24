import { chainDot, floatOf, sameFloat } from "../math/float32.ts";
import { withinDotBound, type BoundedDot } from "../math/dotBound.ts";
import { Rule, type Node } from "../program/types.ts";

export const ONE = 0x3f800000;
const BIAS_FIRST = 1;

/** Judges alpha · Σ a[k]·b[k] + beta · c under the node's rule (docs/protocol.md §2.3, §2.4). */
export function floatProductAdmissible(node: Node, dot: BoundedDot, claimed: bigint): boolean {
  const bits = Number(claimed);
  if (node.rule === Rule.bound) return withinDotBound(dot, bits);
  if (node.rule !== Rule.chain) throw new RangeError(`a float dot product has no rule ${node.rule}`);
  const beta = floatOf(dot.beta);
  const bias = beta === 0 ? 0 : Math.fround(beta * floatOf(dot.c));
  const first = (node.flags & BIAS_FIRST) !== 0;
  const schedule = { chunk: node.chunk, alpha: floatOf(dot.alpha), first: first ? bias : 0, last: first ? 0 : bias };
  return sameFloat(chainDot(floatsOf(dot.a), floatsOf(dot.b), schedule), floatOf(bits));
}

const floatsOf = (bits: ArrayLike<number>): Float32Array => new Float32Array(Uint32Array.from(bits).buffer);
