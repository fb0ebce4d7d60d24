import { expect } from "chai";
import { bitsOf, chainDot, floatOf, fma32, sameFloat, sameFloatBits } from "../../../core/math/float32.ts";
import { fmaExact } from "../../support/exact.ts";
import { Random } from "../../support/random.ts";

const hex = (bits: number) => "0x" + bits.toString(16).padStart(8, "0");

/** Bits that make rounding hard: few significant bits, long runs of ones or zeros, all exponents. */
function awkward(random: Random, exponent: number): number {
  const fraction = random.pick([
    0,
    0x7fffff,
    1 << random.int(0, 22),
    random.u32() & 0x7fffff,
    (0x7fffff << random.int(0, 22)) & 0x7fffff,
    0x7fffff >>> random.int(0, 22),
  ]);
  const field = Math.max(0, Math.min(254, exponent));
  return ((random.chance(0.5) ? 0x80000000 : 0) | (field << 23) | fraction) >>> 0;
}

describe("float32", () => {
  it("rounds a fused multiply-add once: 300,000 awkward operands against exact integers", () => {
    const random = new Random(1);
    for (let i = 0; i < 300_000; i++) {
      const ea = random.int(0, 254);
      const eb = random.chance(0.5) ? random.int(0, 254) : Math.max(0, Math.min(254, 254 - ea + random.int(-60, 60)));
      const ec = random.chance(0.7) ? ea + eb - 127 + random.int(-50, 50) : random.int(0, 254);
      const [a, b, c] = [awkward(random, ea), awkward(random, eb), awkward(random, ec)];
      const actual = bitsOf(fma32(floatOf(a), floatOf(b), floatOf(c)));
      const expected = fmaExact(a, b, c);
      if (!sameFloatBits(actual, expected)) {
        expect.fail(`fma(${hex(a)}, ${hex(b)}, ${hex(c)}) = ${hex(actual)}, exactly ${hex(expected)}`);
      }
    }
  });

  it("breaks a tie the way the discarded part of the product points", () => {
    // 1 + 2⁻²⁴ is a tie; 2⁻⁷⁷ more or less decides it, far beyond what binary64 can hold.
    const tie = 2 ** -24;
    const up = fma32(tie * (1 + 2 ** -23), 1, 1);
    expect(up).to.equal(1 + 2 ** -23);
    const tiny = 2 ** -100;
    expect(fma32(tiny, tiny, 1 + 2 ** -23)).to.equal(1 + 2 ** -23);
    const a = Math.fround(1 + 2 ** -12);
    const b = Math.fround(2 ** -24 * (1 - 2 ** -12));
    // a·b = 2⁻²⁴ − 2⁻⁴⁸: just below the tie.
    expect(fma32(a, b, 1)).to.equal(1);
    expect(fma32(a, b, 1 + 2 ** -23)).to.equal(1 + 2 ** -23);
    expect(fma32(2 ** -24, 1, 1)).to.equal(1);
    expect(fma32(2 ** -24, 1, 1 + 2 ** -23)).to.equal(1 + 2 ** -22);
  });

  it("follows IEEE-754 at the edges of the range", () => {
    const max = floatOf(0x7f7fffff);
    const least = floatOf(1);
    expect(fma32(max, 2, 0)).to.equal(Infinity);
    expect(fma32(max, 2, -max)).to.equal(max);
    expect(fma32(max, 1, 2 ** 103)).to.equal(Infinity);
    expect(fma32(max, 1, Math.fround(2 ** 103 * (1 - 2 ** -24)))).to.equal(max);
    expect(fma32(2 ** 103, 1 - 2 ** -24, max)).to.equal(max);
    expect(fma32(least, 0.5, 0)).to.equal(0);
    expect(fma32(least, floatOf(0x3f000001), 0)).to.equal(least);
    expect(fma32(Infinity, 0, 1)).to.be.NaN;
    expect(fma32(Infinity, 1, -Infinity)).to.be.NaN;
    expect(fma32(Infinity, -1, 5)).to.equal(-Infinity);
    expect(fma32(2 ** 127, -4, Infinity)).to.equal(Infinity);
    expect(fma32(NaN, 1, 1)).to.be.NaN;
  });

  it("treats zeros and NaNs as the protocol does", () => {
    expect(sameFloat(0, -0)).to.equal(true);
    expect(sameFloat(NaN, NaN)).to.equal(true);
    expect(sameFloat(1, 2)).to.equal(false);
    expect(sameFloatBits(0, 0x80000000)).to.equal(true);
    expect(sameFloatBits(0x7fc00000, 0xffc12345)).to.equal(true);
    expect(sameFloatBits(0x7f800000, 0xff800000)).to.equal(false);
    expect(sameFloatBits(0x7f800000, 0x7fc00000)).to.equal(false);
    expect(sameFloatBits(0x3f800000, 0x3f800000)).to.equal(true);
  });

  it("adds chunks from left to right, with the bias where the schedule puts it", () => {
    const big = 2 ** 24;
    const a = [big, 1, 1, 1];
    const b = [1, 1, 1, 1];
    const schedule = { chunk: 0, alpha: 1, first: 0, last: 0 };
    expect(chainDot(a, b, schedule)).to.equal(big);
    expect(chainDot(a, b, { ...schedule, chunk: 2 })).to.equal(big + 2);
    expect(chainDot(a, b, { ...schedule, chunk: 3 })).to.equal(big);
    expect(chainDot(a, b, { ...schedule, first: 1 })).to.equal(big);
    expect(chainDot([1, 1], [1, 1], { ...schedule, last: big })).to.equal(big + 2);
    expect(chainDot([1, 1], [1, 1], { ...schedule, chunk: 1, first: big })).to.equal(big);
    expect(chainDot([3], [1], { ...schedule, alpha: 0.5, first: 1 })).to.equal(2.5);
    expect(chainDot([], [], { ...schedule, first: 7 })).to.equal(7);
  });
});
