import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { CASES as BY_NAME } from "../../support/cases.ts";
import { Judge, bitsAt, honestOutput, vector } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

describe("Strided", () => {
  it(`agrees with onnxruntime and its contract in ${2 * CASES} random cases, every way to move elements, type and layout`, async () => {
    const random = new Random(301);
    const judge = new Judge();
    for (let i = 0; i < 2 * CASES; i++) {
      const c = BY_NAME.Strided(random);
      const { dtype, dims } = c.node.output;
      const element = random.int(0, sizeOf(dims) - 1);
      const right = bitsAt(await honestOutput(c), dtype, element);
      judge.ask(c, element, right, true);
      const wrong = right ^ (1n << BigInt(random.int(0, 8 * widthOf(dtype) - 1)));
      // A float32 may change in the sign of a zero or the payload of a NaN without changing its meaning.
      judge.ask(c, element, wrong, dtype === DType.float32 ? undefined : false);
    }
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("Strided", async () => {
      const random = new Random(302);
      const picked = [];
      for (let i = 0; i < 16; i++) {
        const c = BY_NAME.Strided(random);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const right = bitsAt(await honestOutput(c), c.node.output.dtype, element);
        picked.push(vector(c.onnx.op, c, element, right, true), vector(`${c.onnx.op}, another low bit`, c, element, right ^ 1n, false));
      }
      return picked;
    }));
});
