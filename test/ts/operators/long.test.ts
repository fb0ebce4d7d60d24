import { Opcode } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import { Verdicts } from "../../operators/support/verdicts.ts";
import { bitsAt, canonicalOutput } from "../../support/opCase.ts";
import { Random } from "../../support/random.ts";

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
          const honest = bitsAt(output, dtype, element);
          verdicts.admitted(`${name} ${i}`, c, element, honest, k === 0);
        }
      }
      await verdicts.settle();
    });
  }
});
