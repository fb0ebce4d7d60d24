import { expect } from "chai";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode } from "../../../core/program/types.ts";
import { broadcastPair, floatFuzz, integerFuzz, pairVectors, specialPairs, type Binary } from "../../support/binary.ts";
import { isNaNBits, words } from "../../support/floats.ts";
import { Judge, honestOutput, vector } from "../../support/judge.ts";
import { CASES } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";

const Div: Binary = { op: "Div", opcode: Opcode.Div };

describe("Div", () => {
  it(`agrees with onnxruntime and its contract in ${CASES} random broadcast float32 cases`, () => floatFuzz(Div, new Random(531), CASES));

  it("rounds every pair of special numbers as onnxruntime does", () => specialPairs(Div));

  it("is exact on integers of every type, modulo their width", () => integerFuzz(Div, new Random(532), 300));

  it("admits what processors that do not trap give: 0 for a division by zero, the least number by −1 wrapped", async () => {
    const judge = new Judge();
    for (const [dtype, a, b] of [[DType.int32, [0, 0, 0, 0x80], [0xff, 0xff, 0xff, 0xff]], [DType.int32, [5, 0, 0, 0], [0, 0, 0, 0]], [DType.uint8, [7], [0]], [DType.int8, [0x80], [0xff]]] as const) {
      const c = broadcastPair(Div, dtype, [1], [1], Uint8Array.from(a), Uint8Array.from(b));
      const right = b.some((byte) => byte !== 0) ? (dtype === DType.int8 ? 0x80n : 0x80000000n) : 0n;
      for (const claimed of [0n, 1n, 0x80n, 0xffn, 0x7fn, 0x80000000n, 0x7fffffffn]) judge.ask(c, 0, claimed, claimed === right);
    }
    await judge.settle();
  });

  /** Numerators over +0 and over −0. */
  const byZero = () => {
    const numerators = [0x3f800000, 0xbf800000, 1, 0x7f800000, 0xff800000, 0, 0x80000000, 0x7fc00000];
    const raw = (words: readonly number[]) => new Uint8Array(Uint32Array.from(words).buffer);
    return { numerators, c: broadcastPair(Div, DType.float32, [8, 1], [2], raw(numerators), raw([0, 0x80000000])) };
  };

  it("gives a quotient by zero either sign, for the divisor's was lost when it was committed", async () => {
    const judge = new Judge();
    const { numerators, c } = byZero();
    const honest = words(await honestOutput(c));
    honest.forEach((bits, element) => {
      const nan = isNaNBits(numerators[element >> 1]) || (numerators[element >> 1] & 0x7fffffff) === 0;
      judge.ask(c, element, BigInt(bits), true);
      expect(isNaNBits(bits)).to.equal(nan);
      for (const infinity of [0x7f800000n, 0xff800000n]) judge.ask(c, element, infinity, !nan);
      for (const wrong of [0n, 0x7f7fffffn, 0xff7fffffn]) judge.ask(c, element, wrong, false);
    });
    await judge.settle();
  });

  it("keeps its golden cases", () =>
    new Judge().vectors("Div", async () => {
      const { c } = byZero();
      const least = broadcastPair(Div, DType.int8, [2], [2], Uint8Array.of(0x80, 0x80), Uint8Array.of(0xff, 0));
      return [
        ...(await pairVectors(Div)),
        vector("int8: −128 / −1 wraps", least, 0, 0x80n, true),
        vector("int8: −128 / −1 does not saturate", least, 0, 0x7fn, false),
        vector("int8: −128 / 0 is 0", least, 1, 0n, true),
        vector("int8: −128 / 0 is nothing else", least, 1, 0x80n, false),
        vector("1 / +0", c, 0, 0x7f800000n, true),
        vector("1 / +0, as 1 / −0", c, 0, 0xff800000n, true),
        vector("1 / −0, as 1 / +0", c, 1, 0x7f800000n, true),
        vector("1 / +0, finite", c, 0, 0x7f7fffffn, false),
        vector("0 / 0 is no infinity", c, 10, 0x7f800000n, false),
      ];
    }));
});
