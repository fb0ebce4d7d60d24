import { expect } from "chai";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { floats, isNaNBits, mixedBits, words } from "../../support/floats.ts";
import { Judge, bitsAt, corruptions, honestOutput, tensor, vector, type OnnxCase } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

interface Window {
  dims: readonly number[];
  kernel: readonly number[];
  strides: readonly number[];
  begins: readonly number[];
  ends: readonly number[];
  dilations: readonly number[];
}

function maxPool(dtype: DType, w: Window, raw: Uint8Array, random?: Random): OnnxCase {
  const out = w.kernel.map((k, a) => {
    const reach = w.dilations[a] * (k - 1) + 1;
    return Math.floor((w.dims[a + 2] + w.begins[a] + w.ends[a] - reach) / w.strides[a]) + 1;
  });
  return {
    node: {
      opcode: Opcode.MaxPool, rule: Rule.equal, chunk: 0, flags: 0,
      attributes: [w.kernel, w.strides, w.begins, w.ends, w.dilations].flat(),
      output: tensor(dtype, [w.dims[0], w.dims[1], ...out], random), inputs: [tensor(dtype, w.dims, random)],
    },
    inputs: [raw],
    onnx: {
      op: "MaxPool",
      attributes: {
        kernel_shape: { ints: w.kernel }, strides: { ints: w.strides },
        pads: { ints: [...w.begins, ...w.ends] }, dilations: { ints: w.dilations },
      },
    },
  };
}

/** A random window over one to three spatial axes that has at least one output. */
function window(random: Random): Window {
  const axes = random.int(1, 3);
  const list = (low: number, high: (a: number) => number) => Array.from({ length: axes }, (_, a) => random.int(low, high(a)));
  for (;;) {
    const dims = [random.int(1, 2), random.int(1, 3), ...list(1, () => (axes === 3 ? 4 : 7))];
    const kernel = list(1, () => 3);
    const w = { dims, kernel, strides: list(1, () => 3), begins: list(0, (a) => kernel[a] - 1), ends: list(0, (a) => kernel[a] - 1), dilations: list(1, () => (random.chance(0.5) ? 1 : 3)) };
    const fits = kernel.every((k, a) => dims[a + 2] + w.begins[a] + w.ends[a] >= w.dilations[a] * (k - 1) + 1);
    if (fits) return w;
  }
}

describe("MaxPool", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random float32 cases in one to three dimensions`, async () => {
    const random = new Random(331);
    const judge = new Judge();
    for (let i = 0; i < CASES; i++) {
      const w = window(random);
      const tame = random.chance(0.7);
      const raw = floats(sizeOf(w.dims), () => {
        const bits = mixedBits(random);
        return tame && isNaNBits(bits) ? 0 : bits;
      });
      const c = maxPool(DType.float32, w, raw, random);
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
      const honest = words(await honestOutput(c))[element];
      judge.ask(c, element, BigInt(honest), true);
      const certain = tame && honest !== 0xff7fffff && honest !== 0xff800000;
      for (const wrong of corruptions(honest, random)) judge.ask(c, element, BigInt(wrong), certain ? false : undefined);
      if (!certain) for (let k = 0; k < 3; k++) judge.ask(c, element, BigInt(random.u32()));
    }
    await judge.settle();
  });

  it("agrees with onnxruntime and its contract in 300 random int8 and uint8 cases", async () => {
    const random = new Random(332);
    const judge = new Judge();
    for (let i = 0; i < 300; i++) {
      const dtype = random.pick([DType.int8, DType.uint8]);
      const w = window(random);
      const raw = Uint8Array.from({ length: byteLength({ dtype, dims: w.dims }) }, () => random.int(0, 255));
      const c = maxPool(dtype, w, raw, random);
      const element = random.int(0, sizeOf(c.node.output.dims) - 1);
      const honest = bitsAt(await honestOutput(c), dtype, element);
      judge.ask(c, element, honest, true);
      judge.ask(c, element, honest ^ (1n << BigInt(random.int(0, 7))), false);
    }
    await judge.settle();
  });

  /** One tap on either side of a map of four: with dilation 5 and pads 1 the only window misses it altogether. */
  const missing: Window = { dims: [1, 1, 4], kernel: [2], strides: [1], begins: [1], ends: [1], dilations: [5] };

  it("takes a window in nothing but padding for the least number", async () => {
    const judge = new Judge();
    const c = maxPool(DType.float32, missing, floats(4, () => 0x3f800000));
    expect(words(await honestOutput(c))[0]).to.equal(0xff7fffff);
    judge.ask(c, 0, 0xff7fffffn, true);
    judge.ask(c, 0, 0xff800000n, true);
    for (const wrong of [0xff7ffffe, 0, 0x3f800000, 0x7fc00000, 0x7f800000]) judge.ask(c, 0, BigInt(wrong), false);
    for (const [dtype, least] of [[DType.int8, 0x80n], [DType.uint8, 0n]] as const) {
      const small = maxPool(dtype, missing, Uint8Array.of(1, 2, 3, 4));
      expect(bitsAt(await honestOutput(small), dtype, 0)).to.equal(least);
      judge.ask(small, 0, least, true);
      judge.ask(small, 0, least ^ 1n, false);
    }
    await judge.settle();
  });

  it("admits −∞ and the least finite number where every tap is −∞, and those, NaN and any tap where one is a NaN", async () => {
    const judge = new Judge();
    const pair = (a: number, b: number) => {
      const taps = [a, b];
      return maxPool(DType.float32, { dims: [1, 1, 2], kernel: [2], strides: [1], begins: [0], ends: [0], dilations: [1] }, floats(2, () => taps.shift()!));
    };
    const infinite = pair(0xff800000, 0xff800000);
    judge.ask(infinite, 0, BigInt(words(await honestOutput(infinite))[0]), true);
    judge.ask(infinite, 0, 0xff800000n, true);
    judge.ask(infinite, 0, 0xff7ffffen, false);
    const nan = pair(0x3f800000, 0x7fc00000);
    judge.ask(nan, 0, BigInt(words(await honestOutput(nan))[0]), true);
    for (const one of [0x3f800000, 0x7fc00000, 0xff800000, 0xff7fffff]) judge.ask(nan, 0, BigInt(one), true);
    for (const other of [0, 0x7f800000, 0xbf800000, 0x3f800001, 0x7f7fffff]) judge.ask(nan, 0, BigInt(other), false);
    const zeros = pair(0x80000000, 0);
    for (const zero of [0, 0x80000000]) judge.ask(zeros, 0, BigInt(zero), true);
    judge.ask(zeros, 0, 1n, false);
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("MaxPool", async () => {
      const random = new Random(333);
      const picked = [vector("no tap inside the input", maxPool(DType.float32, missing, floats(4, () => 0x3f800000)), 0, 0xff7fffffn, true)];
      const taps = [0x3f800000, 0x7fc00000];
      const nan = maxPool(DType.float32, { dims: [1, 1, 2], kernel: [2], strides: [1], begins: [0], ends: [0], dilations: [1] }, floats(2, () => taps.shift()!));
      for (const one of [0x7fc00000n, 0x3f800000n, 0xff800000n, 0xff7fffffn]) picked.push(vector("1 and NaN", nan, 0, one, true));
      for (const other of [0n, 0x3f800001n, 0x7f800000n]) picked.push(vector("1 and NaN, another number", nan, 0, other, false));
      for (let i = 0; i < 6; i++) {
        const w = window(random);
        const dtype = random.pick([DType.float32, DType.uint8, DType.int8]);
        const raw = dtype === DType.float32 ? floats(sizeOf(w.dims), () => 0x3f000000 + random.int(0, 0xffffff)) : Uint8Array.from({ length: sizeOf(w.dims) }, () => random.int(0, 255));
        const c = maxPool(dtype, w, raw, random);
        const element = random.int(0, sizeOf(c.node.output.dims) - 1);
        const honest = bitsAt(await honestOutput(c), dtype, element);
        picked.push(vector(`${w.kernel.length} spatial axes`, c, element, honest, true), vector(`${w.kernel.length} spatial axes, another low bit`, c, element, honest ^ 1n, false));
      }
      return picked;
    }));
});
