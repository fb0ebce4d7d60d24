import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { SPECIAL_BITS, anyBits, floats, isNaNBits, mixedBits, words } from "../../support/floats.ts";
import { Judge, corruptions, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

type Quantised = typeof DType.uint8 | typeof DType.int8 | typeof DType.int32;

function dequantize(dtype: Quantised, dims: readonly number[], axis: number | undefined, raw: Uint8Array, scales: Uint8Array, zeros: Uint8Array | undefined, random?: Random): OnnxCase {
  const shape = axis === undefined ? [] : [dims[axis]];
  return {
    node: {
      opcode: Opcode.DequantizeLinear, rule: Rule.equal, chunk: 0, flags: 0, attributes: [axis ?? 0],
      output: tensor(DType.float32, dims, random),
      inputs: [tensor(dtype, dims, random), tensor(DType.float32, shape), zeros === undefined ? undefined : tensor(dtype, shape)],
    },
    inputs: [raw, scales, zeros],
    onnx: { op: "DequantizeLinear", attributes: axis === undefined ? {} : { axis: { int: axis } } },
  };
}

function randomCase(random: Random, scale: () => number): OnnxCase {
  const dims = Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));
  const axis = random.chance(0.5) ? random.int(0, dims.length - 1) : undefined;
  const n = axis === undefined ? 1 : dims[axis];
  const dtype = random.pick([DType.uint8, DType.int8, DType.int32]);
  const raw = Uint8Array.from({ length: byteLength({ dtype, dims }) }, () => random.int(0, 255));
  // onnxruntime takes no zero point but 0 for int32.
  const zeros = random.chance(0.8) ? Uint8Array.from({ length: byteLength({ dtype, dims: [n] }) }, () => (dtype === DType.int32 ? 0 : random.int(0, 255))) : undefined;
  return dequantize(dtype, dims, axis, raw, floats(n, scale), zeros, random);
}

describe("DequantizeLinear", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random cases, uint8, int8 and int32`, async () => {
    const random = new Random(411);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const c = randomCase(random, () => (random.chance(0.6) ? mixedBits(random) : random.chance(0.5) ? anyBits(random) : random.pick(SPECIAL_BITS)));
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
      const honest = words(await honestOutput(c))[element];
      judge.ask(c, element, BigInt(honest), true);
      for (const wrong of corruptions(honest, random)) judge.ask(c, element, BigInt(wrong), false);
    }
    await judge.settle();
  });

  it("rounds an int32 before it multiplies", async () => {
    const judge = new Judge();
    // 2^24 + 1 rounds to 2^24; times 1.5 (1 + 2^-23) one rounding of the exact product would differ.
    const numbers = [16777217, -16777217, 2147483647, -2147483648, 33554435];
    const raw = new Uint8Array(Int32Array.from(numbers).buffer);
    for (const scale of [0x3fc00000, 0x3fc00001, 0x3eaaaaab, 0x3f7fffff]) {
      const c = dequantize(DType.int32, [5], undefined, raw, floats(1, () => scale), undefined);
      const honest = words(await honestOutput(c));
      numbers.forEach((_, i) => {
        judge.ask(c, i, BigInt(honest[i]), true);
        judge.ask(c, i, BigInt(honest[i] + 1), false);
        judge.ask(c, i, BigInt(honest[i] - 1), false);
      });
    }
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("DequantizeLinear", async () => {
      const random = new Random(412);
      const picked = [];
      for (const scale of [0x3dcccccd, 0x3dcccccd, 0x3eaaaaab, 0x00000001, 0x7f7fffff, 0x7f800000]) {
        const c = randomCase(random, () => scale);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const honest = words(await honestOutput(c))[element];
        picked.push(vector(`scale 0x${scale.toString(16)}`, c, element, BigInt(honest), true));
        if (!isNaNBits(honest)) picked.push(vector(`scale 0x${scale.toString(16)}, another low bit`, c, element, BigInt(honest) ^ 1n, false));
      }
      return picked;
    }));
});
