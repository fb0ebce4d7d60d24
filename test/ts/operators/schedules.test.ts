import { expect } from "chai";
import { operatorOf } from "../../../core/operators/index.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import { Verdicts } from "../../operators/support/verdicts.ts";
import { bitsAt, canonicalOutput, type OpCase } from "../../support/opCase.ts";
import { casesEach } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const CASES_EACH = casesEach(120);
/** Elements of a case that are judged. */
const ELEMENTS = 40;

/** All elements, or so many that are drawn. */
const chosen = (size: number, count: number, random: Random): number[] =>
  size <= count ? Array.from({ length: size }, (_, i) => i) : Array.from({ length: count }, () => random.int(0, size - 1));

/** The honest value and no other, to contract, twin and exact reading. */
function judge(verdicts: Verdicts, about: string, c: OpCase, output: Uint8Array, elements: readonly number[]): void {
  for (const [i, element] of elements.entries()) {
    const honest = bitsAt(output, c.node.output.dtype, element);
    const exact = verdicts.honest(about, c, element, honest);
    for (const claimed of [honest, ...exact.justOutside()]) verdicts.compare(about, c, element, exact, honest, claimed, i === 0);
  }
}

describe("dot products: what onnxruntime is known to compute gives every element, and nothing one unit in the last place away", () => {
  for (const [name, { random: draw, long }] of OPERATOR_CASES) {
    if (operatorOf(Opcode[name]).dot === undefined) continue;

    it(`${name}: ${CASES_EACH} random cases, of chains and of kernels for one row or column`, async function () {
      this.timeout(CASES_EACH * 1000);
      const random = new Random(Opcode[name] + 0x10000);
      const verdicts = new Verdicts();
      const rules = new Set<string>();
      for (let i = 0; i < CASES_EACH; i++) {
        const c = draw(random);
        rules.add(`${c.node.rule}:${c.node.rule === Rule.gemv ? c.node.flags & 2 : 0}`);
        judge(verdicts, `${name} ${i}`, c, await canonicalOutput(c), chosen(sizeOf(c.node.output.dims), ELEMENTS, random));
      }
      await verdicts.settle();
      expect([...rules].sort()).to.deep.equal([`${Rule.chain}:0`, `${Rule.gemv}:0`, `${Rule.gemv}:2`]);
      expect(verdicts.tally.forbidden).to.be.greaterThan(8 * CASES_EACH);
    });

    if (long === undefined) continue;
    it(`${name}: products in several chunks`, async () => {
      const random = new Random(Opcode[name] + 0x11000);
      const verdicts = new Verdicts();
      for (const [i, c] of long(random).entries()) {
        const last = sizeOf(c.node.output.dims) - 1;
        judge(verdicts, `${name}, product ${i}`, c, await canonicalOutput(c), [last, 0, random.int(0, last), random.int(0, last)]);
      }
      await verdicts.settle();
    });
  }
});
