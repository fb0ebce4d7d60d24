import { expect } from "chai";
import { hexlify } from "ethers";
import { acceptance, type Acceptance } from "../../../core/exact/index.ts";
import { operatorOf } from "../../../core/operators/index.ts";
import { Rule } from "../../../core/program/types.ts";
import { isCanonical } from "../../../core/tensor/canonical.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import type { BytesReader } from "../../../core/tensor/reader.ts";
import { floatOf } from "../../../core/math/float32.ts";
import { SPECIAL_BITS, fromOrder, isFiniteBits, isNaNBits, toOrder } from "../../support/floats.ts";
import { Judge } from "../../support/judge.ts";
import { readersOf, type OpCase } from "../../support/opCase.ts";
import type { Random } from "../../support/random.ts";

/** How many judgements were compared, how many of them forbade, how many were left to the twin. */
interface Tally {
  asked: number;
  forbidden: number;
  edges: number;
  /** The most of a bound that an honest value used. */
  used: number;
}

/** Claims for an element: the honest value, those around the edges of what is admissible, some that are far from it. */
export function claimsAround(dtype: DType, honest: bigint, outside: readonly bigint[], random: Random): bigint[] {
  const width = 8 * widthOf(dtype);
  const anything = BigInt.asUintN(width, (BigInt(random.u32()) << 32n) | BigInt(random.u32()));
  const flipped = honest ^ (1n << BigInt(random.int(0, width - 1)));
  const special = dtype === DType.float32 ? [0n, 0x7fc00001n, 0x7f800000n, 0xff800000n, BigInt(random.pick(SPECIAL_BITS))] : [];
  const near = dtype === DType.float32 ? outside.filter((b) => b > 0n).flatMap((b) => [b - 1n, b + 1n]) : [];
  return [...new Set([honest, ...outside, ...near, anything, flipped, ...special])];
}

/** The verdicts of contract, twin and exact reading, which must be one. */
export class Verdicts {
  readonly #judge = new Judge();
  readonly tally: Tally = { asked: 0, forbidden: 0, edges: 0, used: 0 };
  #case: OpCase | undefined;
  #readers: (BytesReader | undefined)[] = [];

  /** What is admissible of an element, by definition. */
  exact(c: OpCase, element: number): Acceptance {
    if (this.#case !== c) this.#readers = readersOf(c);
    this.#case = c;
    return acceptance(c.node, element, this.#readers);
  }

  /** The honest value, in canonical form, is admissible; what lies just outside is not, and lies next to what is. */
  honest(about: string, c: OpCase, element: number, honest: bigint): Acceptance {
    const exact = this.exact(c, element);
    if (!exact.isAdmissible(honest)) this.#fail(about, c, element, honest, "is honest and forbidden by definition");
    const outside = exact.justOutside();
    for (const bits of outside) {
      if (exact.isAdmissible(bits)) this.#fail(about, c, element, bits, "lies just outside and is admissible");
      const far = c.node.output.dtype === DType.float32 && !isNaNBits(Number(honest)) && !isNextTo(Number(bits), exact);
      if (far) this.#fail(about, c, element, bits, "lies just outside and next to nothing that is admissible");
    }
    const values = exact.values();
    if (values !== undefined && !values.includes(honest)) this.#fail(about, c, element, honest, "is honest and not among the values that are listed");
    for (const bits of values ?? []) if (!exact.isAdmissible(bits)) this.#fail(about, c, element, bits, "is listed among the values and forbidden");
    if (c.node.rule === Rule.bound && outside.length === 2 && isFiniteBits(Number(honest))) {
      const [low, high, value] = [...outside, honest].map((bits) => floatOf(Number(bits)));
      if (high - low < Infinity) this.tally.used = Math.max(this.tally.used, Math.abs(2 * value - low - high) / (high - low));
    }
    return exact;
  }

  /** The same verdict by definition and by the twin; the contract's with `contract`. Returns it. */
  compare(about: string, c: OpCase, element: number, exact: Acceptance, honest: bigint, claimed: bigint, contract: boolean): boolean {
    const { dtype } = c.node.output;
    const definition = exact.isAdmissible(claimed);
    const ofTwin = contract ? this.#judge.ask(c, element, claimed) : operatorOf(c.node.opcode).admissible(c.node, element, claimed, this.#readers);
    const judged = isCanonical(dtype, claimed) && ofTwin;
    this.tally.asked++;
    if (!definition) this.tally.forbidden++;
    if (definition === judged) return judged;
    if (c.node.rule === Rule.bound && judged && isOnTheEdge(claimed, honest, exact.justOutside())) this.tally.edges++;
    else {
      const outside = exact.justOutside().map((bits) => bits.toString(16));
      this.#fail(about, c, element, claimed, `is ${definition ? "" : "in"}admissible by definition, the twin says ${judged}; outside are ${outside}`);
    }
    return judged;
  }

  /** No more bits than the element has are its value: to contract and twin. */
  tooWide(c: OpCase, element: number, honest: bigint): void {
    const { dtype } = c.node.output;
    if (dtype !== DType.float32) this.#judge.ask(c, element, honest | (1n << BigInt(8 * widthOf(dtype))), false);
  }

  /** An honest value is admissible to the twin; to the contract and by definition with `thoroughly`. */
  admitted(about: string, c: OpCase, element: number, honest: bigint, thoroughly: boolean): void {
    if (thoroughly) this.compare(about, c, element, this.honest(about, c, element, honest), honest, honest, true);
    else if (!this.#judge.probe(c, element, honest)) this.#fail(about, c, element, honest, "is honest and forbidden by the twin");
  }

  /** The contract gives the twin's verdicts. */
  settle(): Promise<void> {
    return this.#judge.settle();
  }

  /** A claim, canonical or not, whose verdict is known: to the twin, which sees a number, and by definition; to the contract with `contract`. */
  expect(about: string, c: OpCase, element: number, claimed: bigint, canonical: bigint, admissible: boolean, contract: boolean): void {
    this.tally.asked++;
    if (!admissible) this.tally.forbidden++;
    if (this.exact(c, element).isAdmissible(canonical) !== admissible) this.#fail(about, c, element, canonical, `should be ${admissible ? "" : "in"}admissible by definition`);
    if (claimed !== canonical && this.exact(c, element).isAdmissible(claimed)) this.#fail(about, c, element, claimed, "is admissible by definition, out of canonical form");
    const judged = contract ? this.#judge.ask(c, element, claimed) : operatorOf(c.node.opcode).admissible(c.node, element, claimed, this.#readers);
    if (judged !== admissible) this.#fail(about, c, element, claimed, `should be ${admissible ? "" : "in"}admissible to the twin`);
  }

  #fail(about: string, { node, inputs }: OpCase, element: number, claimed: bigint, what: string): never {
    const row = JSON.stringify(node);
    return expect.fail(`${about}: element ${element}, 0x${claimed.toString(16)} ${what}\n${row}\n${inputs.map((raw) => raw && hexlify(raw).slice(0, 3000)).join("\n")}`);
  }
}

/** Whether an admissible value lies next to this one, or one further: one at the very edge of a bound is left out. */
function isNextTo(bits: number, { isAdmissible }: Acceptance): boolean {
  if (isNaNBits(bits)) return true;
  return [-2, -1, 1, 2].map((step) => fromOrder(toOrder(bits) + step)).some((b) => !isNaNBits(b) && isAdmissible(BigInt(b)));
}

/**
 * Whether a claim lies between the admissible values and those just outside: it exceeds a bound by less than 2⁻⁴⁰ of
 * itself, where a twin may be lenient.
 */
function isOnTheEdge(claimed: bigint, honest: bigint, outside: readonly bigint[]): boolean {
  const order = (bits: bigint) => toOrder(Number(bits));
  const [least, most] = [Math.min, Math.max].map((pick) => pick(order(honest), order(claimed)));
  return !isNaNBits(Number(claimed)) && outside.every((b) => order(b) < least || order(b) > most);
}
