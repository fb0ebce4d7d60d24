import { Opcode } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import { Verdicts } from "../../operators/support/verdicts.ts";
import { bitsAt, canonicalOutput } from "../../support/opCase.ts";
import { Random } from "../../support/random.ts";

/** Of longer outputs, which are rows of Softmax, an element takes a second by definition. */
const LONGEST_EXACT = 1_000;

describe("long reductions: onnxruntime's values are admissible", () => {
  for (const [name, { long }] of OPERATOR_CASES) {
    if (long === undefined) continue;
    it(name, async function () {
      this.timeout(300_000);
      const random = new Random(Opcode[name] + 0x12000);
      const verdicts = new Verdicts();
      for (const [i, c] of long(random).entries()) {
        const { dtype, dims } = c.node.output;
        const output = await canonicalOutput(c);
        const last = sizeOf(dims) - 1;
        for (const [k, element] of [...new Set([random.int(0, last), 0, last, last >> 1])].entries()) {
          verdicts.admitted(`${name} ${i}`, c, element, bitsAt(output, dtype, element), k === 0 && last < LONGEST_EXACT);
        }
      }
      await verdicts.settle();
    });
  }
});
