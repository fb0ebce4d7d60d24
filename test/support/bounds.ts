import { expect } from "chai";
import { floatOf } from "../../core/math/float32.ts";
import { words, fromOrder, isFiniteBits, toOrder } from "./floats.ts";
import type { Judge} from "./judge.ts";
import { edge, honestOutput, type OnnxCase } from "./judge.ts";

/** What the rule says of one element, in binary64: enough to see that the bound is neither missed nor doubled. */
export interface Expectation {
  exact: number;
  bound: number;
}

/**
 * The honest value is admissible; the admissible numbers end on either side where binary64 arithmetic says they do,
 * to one unit and a part in 10⁸ of the bound; the contract agrees on both sides of both ends.
 * Returns how much of the bound the honest run used.
 */
export function judgeBounds(judge: Judge, c: OnnxCase, element: number, honest: number, { exact, bound }: Expectation): number {
  judge.ask(c, element, BigInt(honest), true);
  for (const direction of [1, -1] as const) {
    const outside = edge(honest, direction, (bits) => judge.probe(c, element, BigInt(bits)));
    const inside = fromOrder(toOrder(outside) - direction);
    judge.ask(c, element, BigInt(inside), true);
    judge.ask(c, element, BigInt(outside), false);
    const blur = bound * 1e-8 + Math.abs(exact) * 2 ** -50;
    const about = `${JSON.stringify(c.node.attributes)} exact ${exact} bound ${bound} inside ${floatOf(inside)} outside ${floatOf(outside)}`;
    expect(Math.abs(floatOf(inside) - exact) - blur, about).to.be.at.most(bound);
    if (isFiniteBits(outside)) expect(Math.abs(floatOf(outside) - exact) + blur, about).to.be.greaterThan(bound);
  }
  for (const wrong of [0x7fc00000, 0x7f800000, 0xff800000]) judge.ask(c, element, BigInt(wrong), false);
  return Math.abs(floatOf(honest) - exact) / bound;
}

/** The runtime's own value is admissible, whatever it is. */
export async function judgeHonest(judge: Judge, c: OnnxCase, elements: readonly number[]): Promise<Uint32Array> {
  const honest = words(await honestOutput(c));
  for (const element of elements) judge.ask(c, element, BigInt(honest[element]), true);
  return honest;
}
