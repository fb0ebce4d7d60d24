import { expect } from "chai";
import { operatorOf } from "../../../core/operators/index.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import { schedules } from "../../operators/support/chains.ts";
import { Verdicts } from "../../operators/support/verdicts.ts";
import { bitsAt, canonicalOutput, readersOf, type OnnxCase, type OpCase } from "../../support/opCase.ts";
import { casesEach } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const CASES_EACH = casesEach(120);
/** Elements that tell a schedule from the others. */
const ELEMENTS = 40;

/** All elements, or so many that are drawn. */
const chosen = (size: number, count: number, random: Random): number[] =>
  size <= count ? Array.from({ length: size }, (_, i) => i) : Array.from({ length: count }, () => random.int(0, size - 1));

/** The case under the schedule that gives every one of these elements; undefined if none does. */
function followed(c: OnnxCase, output: Uint8Array, elements: readonly number[]): OpCase | undefined {
  const readers = readersOf(c);
  const { dtype } = c.node.output;
  const node = schedules(c.node).find((node) => elements.every((element) => operatorOf(node.opcode).admissible(node, element, bitsAt(output, dtype, element), readers)));
  return node && { ...c, node };
}

/** The honest value and no other, to contract, twin and exact reading. */
function judgeChain(verdicts: Verdicts, about: string, c: OpCase, output: Uint8Array, elements: readonly number[]): void {
  for (const [i, element] of elements.entries()) {
    const honest = bitsAt(output, c.node.output.dtype, element);
    const exact = verdicts.honest(about, c, element, honest);
    for (const claimed of [honest, ...exact.justOutside()]) verdicts.compare(about, c, element, exact, honest, claimed, i === 0);
  }
}

describe("schedules: what onnxruntime follows gives every element, and nothing one unit in the last place away", () => {
  for (const [name, { random: draw, long, follows = () => false }] of OPERATOR_CASES) {
    if (!operatorOf(Opcode[name]).rules.some((rule) => rule === Rule.chain)) continue;

    it(`${name}: most of ${CASES_EACH} random cases follow one`, async function () {
      this.timeout(CASES_EACH * 1000);
      const random = new Random(Opcode[name] + 0x10000);
      const verdicts = new Verdicts();
      let matched = 0;
      for (let i = 0; i < CASES_EACH; i++) {
        const c = draw(random);
        const output = await canonicalOutput(c);
        const elements = chosen(sizeOf(c.node.output.dims), ELEMENTS, random);
        const chain = followed(c, output, elements);
        if (chain === undefined) expect(follows(c), `${name} ${i} follows no schedule: ${JSON.stringify(c.node)}`).to.equal(false);
        else judgeChain(verdicts, `${name} ${i}`, chain, output, elements);
        if (chain !== undefined) matched++;
      }
      await verdicts.settle();
      expect(matched).to.be.greaterThan(CASES_EACH / 2);
      expect(verdicts.tally.forbidden).to.be.greaterThan(8 * CASES_EACH);
    });

    if (long === undefined) continue;
    it(`${name}: products in several chunks follow one`, async () => {
      const random = new Random(Opcode[name] + 0x11000);
      const verdicts = new Verdicts();
      for (const [i, c] of long(random).entries()) {
        const output = await canonicalOutput(c);
        const all = Array.from({ length: sizeOf(c.node.output.dims) }, (_, element) => element);
        const chain = followed(c, output, all);
        expect(chain, `${name}, product ${i}`).to.not.equal(undefined);
        judgeChain(verdicts, `${name}, product ${i}`, chain!, output, [all.length - 1, 0, random.int(0, all.length - 1), random.int(0, all.length - 1)]);
      }
      await verdicts.settle();
    });
  }
});
