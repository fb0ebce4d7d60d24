import { expect } from "chai";
import { operatorOf } from "../../../core/operators/index.ts";
import { Opcode } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import { chained, GEMV_FLAGS, underGemv } from "../../operators/support/chains.ts";
import { Verdicts, claimsAround } from "../../operators/support/verdicts.ts";
import { bitsAt, canonicalOutput, type OpCase } from "../../support/opCase.ts";
import { casesEach } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const NAN = 0x7fc00000n;
const CASES_EACH = casesEach(300);
/** Elements of a case of which the twin is asked. */
const ELEMENTS = 5;

/** Whether the contract is asked as well: of the honest value, and of one element what lies just outside and some others. */
const toContract = (k: number, i: number, random: Random): boolean => i === 0 || (k === 0 && (i < 3 || random.chance(0.2)));

/** Any arithmetic, whether onnxruntime follows it or not. */
const ARITHMETICS: Readonly<Record<string, (c: OpCase, random: Random) => OpCase>> = {
  "a chain of any schedule": (c, random) => ({ ...c, node: chained(c.node, random.pick([0, 1, 3, 5, 8, 16, 33, 64, 128, 256]), random.chance(0.5)) }),
  "gemv in any form": (c, random) => ({ ...c, node: underGemv(c.node, random.pick([...GEMV_FLAGS, 3])) }),
};

describe("verdicts on random nodes: onnxruntime's are admissible, contract, twin and exact reading agree", () => {
  for (const [name, { random: draw }] of OPERATOR_CASES) {
    it(name, async function () {
      this.timeout(CASES_EACH * 1000);
      const random = new Random(Opcode[name]);
      const verdicts = new Verdicts();
      for (let i = 0; i < CASES_EACH; i++) {
        const c = draw(random);
        const { dtype, dims } = c.node.output;
        const output = await canonicalOutput(c);
        for (let k = 0; k < ELEMENTS; k++) {
          const element = random.int(0, sizeOf(dims) - 1);
          const honest = bitsAt(output, dtype, element);
          const exact = verdicts.honest(`${name} ${i}`, c, element, honest);
          if (k === 0) verdicts.tooWide(c, element, honest);
          for (const [j, claimed] of claimsAround(dtype, honest, exact.justOutside(), random).entries())
            verdicts.compare(`${name} ${i}`, c, element, exact, honest, claimed, toContract(k, j, random));
        }
      }
      await verdicts.settle();
      const { asked, forbidden, edges, used } = verdicts.tally;
      // Otherwise the cases would prove little.
      expect(asked).to.be.greaterThan(2 * ELEMENTS * CASES_EACH);
      expect(forbidden).to.be.greaterThan(ELEMENTS * CASES_EACH);
      expect(edges).to.be.lessThan(asked / 100);
      if (operatorOf(Opcode[name]).bound !== undefined) expect(used, "part of the bound").to.be.greaterThan(0.01);
    });

    if (operatorOf(Opcode[name]).dot === undefined) continue;
    for (const [about, under] of Object.entries(ARITHMETICS)) it(`${name} under ${about}`, async function () {
      this.timeout(CASES_EACH * 1000);
      const random = new Random(Opcode[name] + 0x30000);
      const verdicts = new Verdicts();
      for (let i = 0; i < CASES_EACH; i++) {
        const c = under(draw(random), random);
        const { dtype, dims } = c.node.output;
        for (let k = 0; k < ELEMENTS; k++) {
          const element = random.int(0, sizeOf(dims) - 1);
          const exact = verdicts.exact(c, element);
          const [below, above = below] = exact.justOutside();
          const right = [below - 1n, below + 1n, above].find((bits) => bits >= 0n && exact.isAdmissible(bits)) ?? NAN;
          for (const [j, claimed] of claimsAround(dtype, right, exact.justOutside(), random).entries())
            verdicts.compare(`${name} ${i}`, c, element, exact, right, claimed, toContract(k, j, random));
        }
      }
      await verdicts.settle();
      const { asked, forbidden } = verdicts.tally;
      expect(asked - forbidden).to.be.greaterThan((ELEMENTS * CASES_EACH) / 2);
      expect(forbidden).to.be.greaterThan(4 * ELEMENTS * CASES_EACH);
    });
  }
});
