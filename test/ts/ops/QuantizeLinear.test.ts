import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { SPECIAL_BITS, anyBits, floats, mixedBits, usualBits, values } from "../../support/floats.ts";
import { bitsOf } from "../../../core/math/float32.ts";
import { Judge, bitsAt, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

type Byte = typeof DType.uint8 | typeof DType.int8;

/** `axis` is undefined for one scale; `zeros` is undefined where the zero point is absent (uint8 then). */
function quantize(dtype: Byte, dims: readonly number[], axis: number | undefined, raw: Uint8Array, scales: Uint8Array, zeros: Uint8Array | undefined, random?: Random): OnnxCase {
  const shape = axis === undefined ? [] : [dims[axis]];
  return {
    node: {
      opcode: Opcode.QuantizeLinear, rule: Rule.equal, chunk: 0, flags: 0, attributes: [axis ?? 0],
      output: tensor(dtype, dims, random),
      inputs: [tensor(DType.float32, dims, random), tensor(DType.float32, shape), zeros === undefined ? undefined : tensor(dtype, shape)],
    },
    inputs: [raw, scales, zeros],
    onnx: { op: "QuantizeLinear", attributes: axis === undefined ? {} : { axis: { int: axis } } },
  };
}

function randomCase(random: Random, bits: () => number, scale: () => number): OnnxCase {
  const dims = Array.from({ length: random.int(1, 4) }, () => random.int(1, 6));
  const axis = random.chance(0.5) ? random.int(0, dims.length - 1) : undefined;
  const n = axis === undefined ? 1 : dims[axis];
  const given = random.chance(0.85);
  const dtype = given ? random.pick([DType.uint8, DType.int8]) : DType.uint8;
  const zeros = given ? Uint8Array.from({ length: n }, () => random.int(0, 255)) : undefined;
  return quantize(dtype, dims, axis, floats(sizeOf(dims), bits), floats(n, scale), zeros, random);
}

async function judgeAll(judge: Judge, c: OnnxCase, random: Random, elements: readonly number[]): Promise<void> {
  const { dtype } = c.node.output;
  const honest = await honestOutput(c);
  const exact = values(c.inputs[0]!).every((v) => !Number.isNaN(v)) && values(c.inputs[1]!).every((v) => Number.isFinite(v) && v !== 0);
  for (const element of elements) {
    const right = bitsAt(honest, dtype, element);
    judge.ask(c, element, right, true);
    const wrong = BigInt.asUintN(8, right + BigInt(random.pick([1, -1, 128])));
    judge.ask(c, element, wrong, exact ? false : undefined);
  }
}

describe("QuantizeLinear", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random cases, per tensor and per axis`, async () => {
    const random = new Random(401);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const c = randomCase(random, () => usualBits(random, 3), () => usualBits(random, 0.05) & 0x7fffffff || 0x3c000000);
      await judgeAll(judge, c, random, [random.int(0, sizeOf(c.node.output.dims) - 1)]);
    }
    await judge.settle();
  });

  it("agrees where the quotient is a tie, nearly one, subnormal, huge, infinite or a NaN: 600 cases", async () => {
    const random = new Random(402);
    const judge = new Judge();
    for (let i = 0; i < 600; i++) {
      const ties = random.chance(0.5);
      const power = 2 ** random.int(-8, 8);
      const c = ties
        ? randomCase(random, () => (bitsOf(random.int(-300, 300) * 0.5 * power) + random.pick([0, 0, 1, -1])) >>> 0, () => bitsOf(power))
        : randomCase(random, () => mixedBits(random), () => (random.chance(0.3) ? random.pick(SPECIAL_BITS) : anyBits(random)));
      const size = sizeOf(c.node.output.dims);
      await judgeAll(judge, c, random, [random.int(0, size - 1), random.int(0, size - 1)]);
    }
    await judge.settle();
  });

  it("takes every special number over every special scale as onnxruntime does", async () => {
    const random = new Random(403);
    const judge = new Judge();
    const extremes = [...SPECIAL_BITS, ...[0.5, 1.5, 2.5, -0.5, 127.5, -128.5, 3e9, -3e9, 2147483648, 1e30, -1e30].map((v) => bitsOf(Math.fround(v)))];
    for (const scale of [0x3f800000, 0xbf800000, 0, 0x80000000, 1, 0x00800000, 0x7f7fffff, 0x7f800000, 0x7fc00000])
      for (const [dtype, zero] of [[DType.int8, 0x80], [DType.uint8, 7]] as const) {
        const pool = [...extremes];
        const c = quantize(dtype, [extremes.length], undefined, floats(extremes.length, () => pool.shift()!), floats(1, () => scale), Uint8Array.of(zero));
        await judgeAll(judge, c, random, extremes.map((_, i) => i));
      }
    await judge.settle();
  });

  it("admits both ends of the range and the zero point where the quotient is a NaN", async () => {
    const judge = new Judge();
    const c = quantize(DType.int8, [1], undefined, floats(1, () => 0x7fc00000), floats(1, () => 0x3f800000), Uint8Array.of(9));
    judge.ask(c, 0, bitsAt(await honestOutput(c), DType.int8, 0), true);
    for (let claimed = 0n; claimed < 256n; claimed++) judge.ask(c, 0, claimed, [9n, 0x7fn, 0x80n].includes(claimed));
    await judge.settle();
  });

  /** 1, −1, ∞, 0 and a NaN over a zero. */
  const byZero = (scale: number) => quantize(DType.int8, [5], undefined, new Uint8Array(Uint32Array.of(0x3f800000, 0xbf800000, 0x7f800000, 0, 0x7fc00000).buffer), floats(1, () => scale), Uint8Array.of(3));

  it("saturates either way where the scale is zero, for its sign was lost when it was committed", async () => {
    const judge = new Judge();
    for (const scale of [0, 0x80000000]) {
      const c = byZero(scale);
      const honest = await honestOutput(c);
      for (let element = 0; element < 5; element++) {
        judge.ask(c, element, bitsAt(honest, DType.int8, element), true);
        for (const end of [0x80n, 0x7fn]) judge.ask(c, element, end, true);
        judge.ask(c, element, 3n, element > 2);
        for (const other of [0n, 4n, 0x81n, 0x7en]) judge.ask(c, element, other, false);
      }
    }
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("QuantizeLinear", async () => {
      const inputs = [0.5, 1.5, 2.5, -0.5, -1.5, 126.5, 127.5, -128.5, 1e30, -1e30].map((v) => bitsOf(Math.fround(v)));
      const pool = [...inputs];
      const c = quantize(DType.int8, [10], undefined, floats(10, () => pool.shift()!), floats(1, () => 0x3f800000), Uint8Array.of(3));
      const honest = await honestOutput(c);
      const random = new Random(404);
      const perAxis = randomCase(random, () => usualBits(random, 3), () => 0x3d23d70a);
      const right = bitsAt(await honestOutput(perAxis), perAxis.node.output.dtype, 0);
      return [
        ...inputs.map((bits, i) => vector(`0x${bits.toString(16)} / 1 + 3`, c, i, bitsAt(honest, DType.int8, i), true)),
        ...inputs.map((bits, i) => vector(`0x${bits.toString(16)} / 1 + 3, off by one`, c, i, bitsAt(honest, DType.int8, i) ^ 1n, false)),
        vector("a random case", perAxis, 0, right, true),
        vector("a random case, off by one", perAxis, 0, right ^ 1n, false),
        vector("1 / +0", byZero(0), 0, 0x7fn, true),
        vector("1 / +0, as 1 / −0", byZero(0), 0, 0x80n, true),
        vector("1 / +0, off by one", byZero(0), 0, 0x7en, false),
        ...[0x80n, 0x7fn, 3n].map((claimed) => vector("0 / 0, an end of the range or the zero point", byZero(0), 3, claimed, true)),
        vector("0 / 0, another number", byZero(0), 3, 0x12n, false),
      ];
    }));
});
