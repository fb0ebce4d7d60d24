import { expect } from "chai";
import { operatorOf } from "../../../core/operators/index.ts";
import { floatsOf } from "../../../core/tensor/numbers.ts";
import { sameFloat } from "../../../core/math/float32.ts";
import { Opcode, type Node } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import { lanesOf, underLanes } from "../../operators/support/lanes.ts";
import { Verdicts, claimsAround } from "../../operators/support/verdicts.ts";
import { bitsAt, canonicalOutput, honestOutput, type OnnxCase, type OpCase } from "../../support/opCase.ts";
import { casesEach } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const CASES_EACH = casesEach(60);
const ELEMENTS = 4;
const NAN = 0x7fc00000n;

const OPERATORS = OPERATOR_CASES.filter(([name]) => operatorOf(Opcode[name]).lanes !== undefined);

/** What a node computes in the order that it states. */
function replayed({ node, inputs }: OpCase): Float32Array {
  const { replay } = operatorOf(node.opcode);
  const mapped = { ...node, rules: [], reads: [], inputs: node.inputs.map((tensor) => tensor && { ...tensor, name: "", constant: undefined }) };
  return replay!(mapped, inputs.map((raw) => raw && floatsOf(raw)), node);
}

const agrees = (values: Float32Array, output: Float32Array): boolean => values.every((value, i) => sameFloat(value, output[i]));

describe("lanes: contract, twin and exact reading admit one value, in any order of additions", () => {
  for (const [name, { random: draw }] of OPERATORS)
    it(`${name}, in ${CASES_EACH} random cases`, async function () {
      this.timeout(CASES_EACH * 2000);
      const random = new Random(Opcode[name] + 0x60000);
      const verdicts = new Verdicts();
      for (let i = 0; i < CASES_EACH; i++) {
        const c = random.pick(underLanes(draw(random)));
        const { dtype, dims } = c.node.output;
        const raw = new Uint8Array(replayed(c).buffer);
        for (let k = 0; k < ELEMENTS; k++) {
          const element = random.int(0, sizeOf(dims) - 1);
          const right = bitsAt(raw, dtype, element);
          const exact = verdicts.exact(c, element);
          const canonical = [right, NAN, 0n].find((bits) => exact.isAdmissible(bits))!;
          expect(canonical, `${name} ${i}: no replayed value is admissible`).to.not.equal(undefined);
          for (const [j, claimed] of claimsAround(dtype, canonical, exact.justOutside(), random).entries())
            verdicts.compare(`${name} ${i}`, c, element, exact, canonical, claimed, k === 0 && j < 4);
        }
      }
      await verdicts.settle();
      const { asked, forbidden } = verdicts.tally;
      expect(asked - forbidden).to.be.at.least(ELEMENTS * CASES_EACH);
      expect(forbidden).to.be.greaterThan(2 * ELEMENTS * CASES_EACH);
    });
});

describe("lanes: onnxruntime follows one of the orders in every element", () => {
  /** The order that gives all of this output, in whose case the honest value of some elements is judged. */
  async function follow(verdicts: Verdicts, about: string, c: OnnxCase, random: Random): Promise<Node | undefined> {
    const raw = await honestOutput(c);
    const node = lanesOf(c.node).find((stated) => agrees(replayed({ ...c, node: stated }), floatsOf(raw)));
    if (node === undefined) return undefined;
    const output = await canonicalOutput(c);
    const { dtype, dims } = node.output;
    for (const element of new Set([0, sizeOf(dims) - 1, random.int(0, sizeOf(dims) - 1)])) {
      const stated = { ...c, node };
      const honest = bitsAt(output, dtype, element);
      const exact = verdicts.honest(about, stated, element, honest);
      for (const claimed of [honest, ...exact.justOutside()]) verdicts.compare(about, stated, element, exact, honest, claimed, element === 0);
    }
    return node;
  }

  for (const [name, { random: draw, special, long, hasOrder = () => true }] of OPERATORS) {
    it(`${name}, in ${CASES_EACH} random cases and the special ones`, async function () {
      this.timeout(CASES_EACH * 2000);
      const random = new Random(Opcode[name] + 0x61000);
      const verdicts = new Verdicts();
      const cases = [...special.filter(({ runs }) => runs !== false).map(({ of }) => of), ...Array.from({ length: CASES_EACH }, () => draw(random))];
      let judged = 0;
      for (const [i, c] of cases.entries()) {
        if (!hasOrder(c)) continue;
        expect(await follow(verdicts, `${name} ${i}`, c, random), `${name} ${i}: ${JSON.stringify(c.node)}`).to.not.equal(undefined);
        judged++;
      }
      await verdicts.settle();
      expect(judged).to.be.greaterThan(cases.length / 4);
    });

    if (long === undefined) continue;
    it(`${name}, over long rows`, async function () {
      this.timeout(600_000);
      const random = new Random(Opcode[name] + 0x62000);
      for (const [i, c] of long(random).entries()) {
        if (!hasOrder(c)) continue;
        const output = floatsOf(await honestOutput(c));
        const found = lanesOf(c.node).some((node) => agrees(replayed({ ...c, node }), output));
        expect(found, `${name}, row ${i}`).to.equal(true);
      }
    });
  }
});
