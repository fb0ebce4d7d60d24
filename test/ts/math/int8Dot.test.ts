import { expect } from "chai";
import { hexlify } from "ethers";
import { network } from "hardhat";
import { bitsOf, floatOf } from "../../../core/math/float32.ts";
import { quantizeSum, scaleFactor } from "../../../core/math/requantize.ts";
import { SPECIAL_BITS, anyBits, usualBits } from "../../support/floats.ts";
import { Random } from "../../support/random.ts";

/** An 8-bit element as an integer. */
const integerAt = (raw: Uint8Array, signed: boolean, i: number): number => (signed ? (raw[i] << 24) >> 24 : raw[i]);

const { ethers } = await network.create();
const harness = await ethers.deployContract("DotHarness");

describe("Int8Dot", () => {
  it("sums products of bytes exactly: 400 vectors of all signs, zero points and lengths", async () => {
    const random = new Random(6);
    for (let batch = 0; batch < 10; batch++) {
      const cases = Array.from({ length: 40 }, () => {
        const length = random.pick([0, 1, 4, 31, 32, 33, 63, 64, 100, 288]);
        const byte = random.pick([() => random.int(0, 255), () => random.pick([0, 127, 128, 255])]);
        const [a, b] = [0, 0].map(() => Uint8Array.from({ length }, byte));
        const [signedA, signedB] = [random.chance(0.5), random.chance(0.5)];
        const zero = (signed: boolean) => random.pick(signed ? [0, -128, 127, random.int(-128, 127)] : [0, 255, random.int(0, 255)]);
        return { a, b, signedA, signedB, zeroA: zero(signedA), zeroB: zero(signedB) };
      });
      const { results } = await harness.integers(cases.map((c) => ({ ...c, a: hexlify(c.a), b: hexlify(c.b) })));
      cases.forEach((c, i) => {
        let sum = 0;
        for (let k = 0; k < c.a.length; k++) sum += (integerAt(c.a, c.signedA, k) - c.zeroA) * (integerAt(c.b, c.signedB, k) - c.zeroB);
        expect(Number(results[i])).to.equal(sum);
      });
    }
  });

  it("is exact where a lane is fullest: more than a stretch of the largest bytes", async () => {
    const length = 5 * 4096 + 77;
    const a = new Uint8Array(length).fill(255);
    const { results } = await harness.integers([{ a: hexlify(a), b: hexlify(a), signedA: false, signedB: false, zeroA: 0, zeroB: 0 }]);
    expect(Number(results[0])).to.equal(255 * 255 * length);
  });

  it("costs at most 15 gas a multiply-accumulate at k = 288 and 14 above", async () => {
    for (const [k, limit] of [[288, 15], [576, 14], [1152, 14]]) {
      const random = new Random(k);
      const vector = () => hexlify(Uint8Array.from({ length: k }, () => random.int(0, 255)));
      const { gas } = await harness.integers([{ a: vector(), b: vector(), signedA: true, signedB: true, zeroA: 3, zeroB: 0 }]);
      if (process.env.OPG_FIGURES === "1") console.log(`k = ${k}: ${(Number(gas[0]) / k).toFixed(1)} gas each`);
      expect(Number(gas[0]) / k).to.be.at.most(limit);
    }
  });
});

describe("Requantize", () => {
  it("agrees with the twin: 3,000 sums and scales of every kind", async () => {
    const random = new Random(7);
    for (let batch = 0; batch < 6; batch++) {
      const cases = Array.from({ length: 500 }, () => {
        const scale = random.pick([() => usualBits(random, 0.01) & 0x7fffffff, () => anyBits(random), () => random.pick(SPECIAL_BITS)]);
        const signed = random.chance(0.5);
        const sum = random.pick([random.int(-300, 300), random.int(-(2 ** 31), 2 ** 31 - 1), random.pick([0, 2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1])]);
        // Halves: ties on the way to the integer.
        const half = random.chance(0.3);
        const [scaleX, scaleW, scaleY] = half ? [bitsOf(0.5), bitsOf(0.5), bitsOf(random.pick([0.5, 1, 2]))] : [scale(), scale(), scale()];
        return { sum, scaleX, scaleW, scaleY, zero: signed ? random.int(-128, 127) : random.int(0, 255), signed };
      });
      const { determined, results } = await harness.quantize(cases);
      cases.forEach((c, i) => {
        const scale = scaleFactor(floatOf(c.scaleX), floatOf(c.scaleW), floatOf(c.scaleY));
        const expected = quantizeSum(c.sum, scale, c.zero, c.signed ? -128 : 0, c.signed ? 127 : 255);
        expect(determined[i] ? Number(results[i]) : undefined, JSON.stringify(c)).to.equal(expected === undefined ? undefined : expected + 0);
      });
    }
  });
});
