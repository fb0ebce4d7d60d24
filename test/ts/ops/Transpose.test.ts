import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { Judge, bitsAt, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

function transpose(random: Random): OnnxCase {
  const dtype = random.pick([1, 2, 3, 4, 5, 6, 7, 11, 12, 13] as const);
  const dims = Array.from({ length: random.int(1, 5) }, () => random.int(1, 5));
  const perm = random.shuffle(dims.map((_, a) => a));
  const input = tensor(dtype, dims, random);
  return {
    node: {
      opcode: Opcode.Transpose, rule: Rule.equal, chunk: 0, flags: 0, attributes: perm,
      output: tensor(dtype, perm.map((a) => dims[a]), random), inputs: [input],
    },
    inputs: [Uint8Array.from({ length: byteLength(input) }, () => random.int(0, 255))],
    onnx: { op: "Transpose", attributes: { perm: { ints: perm } } },
  };
}

describe("Transpose", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random cases, every width and layout`, async () => {
    const random = new Random(311);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const c = transpose(random);
      const { dtype, dims } = c.node.output;
      const element = random.int(0, sizeOf(dims) - 1);
      const right = bitsAt(await honestOutput(c), dtype, element);
      const wrong = right ^ (1n << BigInt(random.int(0, 8 * widthOf(dtype) - 1)));
      judge.ask(c, element, right, true);
      // A float32 may change in the sign of a zero or the payload of a NaN without changing its meaning.
      judge.ask(c, element, wrong, dtype === DType.float32 ? undefined : false);
    }
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("Transpose", async () => {
      const random = new Random(312);
      const picked = [];
      for (let i = 0; i < 6; i++) {
        const c = transpose(random);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const right = bitsAt(await honestOutput(c), c.node.output.dtype, element);
        picked.push(vector("the input's element", c, element, right, true), vector("another low bit", c, element, right ^ 1n, false));
      }
      return picked;
    }));
});
