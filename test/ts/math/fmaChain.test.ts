import { expect } from "chai";
import { hexlify } from "ethers";
import { network } from "hardhat";
import { bitsOf, floatOf, fma32, sameFloatBits } from "../../../core/math/float32.ts";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("DotHarness");
const random = new Random(2);

const SPECIAL = [0, 0x80000000, 1, 0x80000001, 0x7fffff, 0x800000, 0x7f7fffff, 0xff7fffff, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000];
const bytes = (bits: readonly number[]): string => hexlify(new Uint8Array(Uint32Array.from(bits).buffer));
const hex = (bits: readonly number[]): string => bits.map((b) => b.toString(16)).join(" ");

/** Numbers of one kind: where the fast path holds, where it just fails, and where it never applies. */
const SOURCES: Record<string, () => number> = {
  normal: () => bitsOf(random.normal()),
  relu: () => bitsOf(Math.max(0, random.normal())),
  small: () => bitsOf(random.normal() * 0.05),
  integers: () => bitsOf(random.int(-4, 4)),
  powers: () => bitsOf((random.chance(0.5) ? -1 : 1) * 2 ** random.int(-12, 12)),
  ones: () => (0x3fffffff | (random.chance(0.5) ? 0x80000000 : 0)) >>> 0,
  wide: () => bitsOf(random.normal() * 2 ** random.int(-40, 40)),
  tiny: () => bitsOf(random.normal() * 2 ** random.int(-140, -60)),
  huge: () => bitsOf(random.normal() * 2 ** random.int(55, 68)),
  any: () => random.u32(),
  special: () => (random.chance(0.1) ? random.pick(SPECIAL) : bitsOf(random.normal())),
  finite: () => (random.chance(0.2) ? random.pick(SPECIAL.slice(0, 10)) : bitsOf(random.normal())),
};
const KINDS = Object.keys(SOURCES);

const chain = (acc: number, a: readonly number[], b: readonly number[]): number =>
  bitsOf(a.reduce((sum, x, k) => fma32(floatOf(x), floatOf(b[k]), sum), floatOf(acc)));

describe("FmaChain", () => {
  it("rounds one fused multiply-add like the twin: 6,000 operands of every kind", async () => {
    const operands = Array.from({ length: 6000 }, () => {
      const [a, b] = [SOURCES[random.pick(KINDS)](), SOURCES[random.pick(KINDS)]()];
      const c = random.chance(0.3) ? bitsOf(-floatOf(a) * floatOf(b)) ^ random.int(0, 3) : SOURCES[random.pick(KINDS)]();
      return [a, b, c >>> 0] as [number, number, number];
    });
    for (let i = 0; i < operands.length; i += 1000) {
      const part = operands.slice(i, i + 1000);
      const results = await harness.fma(part);
      part.forEach(([a, b, c], j) => {
        const expected = bitsOf(fma32(floatOf(a), floatOf(b), floatOf(c)));
        if (!sameFloatBits(Number(results[j]), expected)) expect.fail(`fma(${hex([a, b, c])}) = ${results[j].toString(16)}, twin ${expected.toString(16)}`);
      });
    }
  });

  it("accumulates like the twin: 1,500 vectors of every kind and length", async () => {
    for (let batch = 0; batch < 15; batch++) {
      const cases = Array.from({ length: 100 }, () => {
        const length = random.pick([0, 1, 7, 8, 9, 16, 24, 31, 40, 64]);
        const [sourceA, sourceB] = [SOURCES[random.pick(KINDS)], SOURCES[random.pick(KINDS)]];
        const a = Array.from({ length }, sourceA);
        const b = Array.from({ length }, sourceB);
        // Cancel what was accumulated now and then: to zero, or to a few bits.
        for (let k = 1; k < length; k++) {
          if (!random.chance(0.1)) continue;
          const sum = chain(0, a.slice(0, k), b.slice(0, k));
          [a[k], b[k]] = [(sum ^ 0x80000000 ^ (random.chance(0.5) ? random.int(0, 15) : 0)) >>> 0, 0x3f800000];
        }
        const acc = random.chance(0.5) ? 0 : SOURCES[random.pick(KINDS)]();
        return { a, b, acc };
      });
      const { results } = await harness.chains(cases.map(({ a, b, acc }) => ({ a: bytes(a), b: bytes(b), acc })));
      cases.forEach(({ a, b, acc }, i) => {
        const expected = chain(acc, a, b);
        if (!sameFloatBits(Number(results[i]), expected))
          expect.fail(`acc ${hex([acc])}, a ${hex(a)}, b ${hex(b)}: ${results[i].toString(16)}, twin ${expected.toString(16)}`);
      });
    }
  });

  it("stays right on long random walks and near total cancellation", async () => {
    const cases = Array.from({ length: 12 }, (_, i) => {
      const source = SOURCES[["normal", "small", "powers", "relu"][i % 4]];
      const a = Array.from({ length: 1024 }, source);
      const b = Array.from({ length: 1024 }, SOURCES.normal);
      if (i >= 4) for (let k = 1; k < 1024; k += 2) [a[k], b[k]] = [a[k - 1], (b[k - 1] ^ 0x80000000) >>> 0];
      return { a, b, acc: 0 };
    });
    for (const [i, { a, b, acc }] of cases.entries()) {
      const { results } = await harness.chains([{ a: bytes(a), b: bytes(b), acc }]);
      expect(sameFloatBits(Number(results[0]), chain(acc, a, b)), `case ${i}`).to.equal(true);
    }
  });

  it("costs at most 270 gas a multiply-accumulate on dense random numbers", async () => {
    for (const k of [64, 288, 1024]) {
      const [a, b] = [Array.from({ length: k }, SOURCES.normal), Array.from({ length: k }, SOURCES.small)];
      const { gas } = await harness.chains([{ a: bytes(a), b: bytes(b), acc: 0 }]);
      if (process.env.OPG_FIGURES === "1") console.log(`k = ${k}: ${(Number(gas[0]) / k).toFixed(1)} gas each`);
      expect(Number(gas[0]) / k).to.be.at.most(270);
    }
  });
});
