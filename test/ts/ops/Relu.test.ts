import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { SPECIAL_BITS, floats, isNaNBits, mixedBits, words } from "../../support/floats.ts";
import { Judge, bitsAt, corruptions, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

function relu(dtype: DType, dims: readonly number[], raw: Uint8Array, random: Random): OnnxCase {
  return {
    node: {
      opcode: Opcode.Relu, rule: Rule.equal, chunk: 0, flags: 0, attributes: [],
      output: tensor(dtype, dims, random), inputs: [tensor(dtype, dims, random)],
    },
    inputs: [raw],
    onnx: { op: "Relu" },
  };
}

const shape = (random: Random): number[] => Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));

describe("Relu", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random float32 cases`, async () => {
    const random = new Random(321);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const dims = shape(random);
      const raw = floats(sizeOf(dims), () => mixedBits(random));
      const c = relu(DType.float32, dims, raw, random);
      const element = random.int(0, sizeOf(dims) - 1);
      const honest = words(await honestOutput(c))[element];
      judge.ask(c, element, BigInt(honest), true);
      // Of a NaN and 0 either is the maximum.
      const nan = isNaNBits(words(raw)[element]);
      for (const wrong of corruptions(honest, random)) judge.ask(c, element, BigInt(wrong), nan && (isNaNBits(wrong) || (wrong & 0x7fffffff) === 0));
    }
    await judge.settle();
  });

  it("gives every special number its own answer", async () => {
    const random = new Random(322);
    const judge = new Judge();
    const c = relu(DType.float32, [SPECIAL_BITS.length], floats(SPECIAL_BITS.length, () => 0), random);
    c.inputs[0]!.set(new Uint8Array(Uint32Array.from(SPECIAL_BITS).buffer));
    const honest = words(await honestOutput(c));
    SPECIAL_BITS.forEach((bits, element) => {
      judge.ask(c, element, BigInt(honest[element]), true);
      for (const claimed of SPECIAL_BITS) {
        const zero = (claimed & 0x7fffffff) === 0;
        const value = isNaNBits(bits) ? zero || isNaNBits(claimed) : bits >>> 31 === 1 || bits === 0 ? zero : claimed === bits;
        judge.ask(c, element, BigInt(claimed), value);
      }
    });
    await judge.settle();
  });

  it("takes int8 and int32 as signed numbers", async () => {
    const random = new Random(323);
    const judge = new Judge();
    for (let i = 0; i < 200; i++) {
      const dtype = random.pick([DType.int8, DType.int32]);
      const dims = shape(random);
      const raw = Uint8Array.from({ length: byteLength({ dtype, dims }) }, () => random.int(0, 255));
      const c = relu(dtype, dims, raw, random);
      const element = random.int(0, sizeOf(dims) - 1);
      const honest = bitsAt(await honestOutput(c), dtype, element);
      judge.ask(c, element, honest, true);
      judge.ask(c, element, honest ^ 1n, false);
      judge.ask(c, element, honest ^ 0x80n, false);
    }
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("Relu", async () => {
      const random = new Random(324);
      const inputs = [0x3fc00000, 0xbfc00000, 0x80000000, 0x00000001, 0x80000001, 0x7f800000, 0xff800000, 0x7fc00000];
      const c = relu(DType.float32, [8], floats(8, () => 0), random);
      c.inputs[0]!.set(new Uint8Array(Uint32Array.from(inputs).buffer));
      const honest = words(await honestOutput(c));
      const small = relu(DType.int8, [2], Uint8Array.of(0x80, 0x7f), random);
      return [
        ...inputs.map((bits, i) => vector(`max(0x${bits.toString(16)}, 0)`, c, i, BigInt(honest[i]), true)),
        ...inputs.slice(0, 7).map((bits, i) => vector(`one more than max(0x${bits.toString(16)}, 0)`, c, i, BigInt(honest[i] + 1), false)),
        vector("the sign of a zero does not matter", c, 1, 0x80000000n, true),
        vector("a NaN may become 0", c, 7, 0n, true),
        vector("a NaN may not become another number", c, 7, 0x12345678n, false),
        vector("a NaN may not become an infinity", c, 7, 0x7f800000n, false),
        vector("int8: −128", small, 0, 0n, true),
        vector("int8: −128 stays", small, 0, 0x80n, false),
        vector("int8: 127", small, 1, 0x7fn, true),
      ];
    }));
});
