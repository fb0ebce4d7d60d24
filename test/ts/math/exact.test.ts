import { expect } from "chai";
import { exactly, exactlyInteger, within } from "../../../core/exact/acceptance.ts";
import { LARGEST, ONE, atMost, decode, divide, encode, fusedMultiplyAdd, nearest, neighbour, roundToInteger } from "../../../core/exact/binary32.ts";
import { FIXED_ONE, PRECISION, exponential, integerSquareRoot } from "../../../core/exact/fixedPoint.ts";
import { bitsOf, floatOf, fma32, sameFloat } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { SPECIAL_BITS, mixedBits } from "../../support/floats.ts";
import { Random } from "../../support/random.ts";

const value = (bits: number) => decode(BigInt(bits));
const number = (v: bigint | number): number => (typeof v === "bigint" ? floatOf(Number(encode(v))) : v);

describe("exact binary32", () => {
  it("decodes and encodes every kind of number", () => {
    const random = new Random(1);
    for (const bits of [...SPECIAL_BITS, ...Array.from({ length: 5000 }, () => random.u32())]) {
      const back = encode(value(bits));
      const same = (bits & 0x7fffffff) === 0 ? 0 : Number.isNaN(floatOf(bits)) ? 0x7fc00000 : bits;
      expect(back).to.equal(BigInt(same));
    }
    expect(() => encode((1n << 24n) + 1n)).to.throw("no binary32 number");
  });

  it("rounds fused and divided numbers as binary32 does, 20,000 random operands and all pairs of special ones", () => {
    const random = new Random(2);
    const operands = SPECIAL_BITS.flatMap((a) => SPECIAL_BITS.map((b) => [a, b, random.pick(SPECIAL_BITS)]));
    for (let i = 0; i < 20_000; i++) operands.push([mixedBits(random), mixedBits(random), mixedBits(random)]);
    for (const [a, b, c] of operands) {
      const [x, y, z] = [a, b, c].map(floatOf);
      const label = `${a.toString(16)} ${b.toString(16)} ${c.toString(16)}`;
      expect(sameFloat(number(fusedMultiplyAdd(value(a), value(b), value(c))), fma32(x, y, z)), `fma ${label}`).to.equal(true);
      const quotients = divide(value(a), value(b)).map(number);
      expect(quotients.some((q) => sameFloat(q, Math.fround(x / y))), `div ${label}`).to.equal(true);
      const signless = y === 0 && x !== 0 && x === x;
      expect(quotients, `div ${label}`).to.have.length(signless ? 2 : 1);
    }
  });

  it("rounds to even at ties, to infinity from half a unit past the largest number", () => {
    expect(nearest(2n ** 24n + 1n, 1n)).to.equal(2n ** 24n);
    expect(nearest(2n ** 24n + 3n, 1n)).to.equal(2n ** 24n + 4n);
    expect(nearest(1n, 2n)).to.equal(0n);
    expect(nearest(-3n, 2n)).to.equal(-2n);
    const half = 1n << 252n;
    expect(nearest(LARGEST + half - 1n, 1n)).to.equal(LARGEST);
    expect(nearest(-LARGEST - half, 1n)).to.equal(-Infinity);
    expect([-5n, -3n, -1n, 1n, 3n, 5n].map((x) => roundToInteger((x * ONE) / 2n))).to.deep.equal([-2n, -2n, 0n, 0n, 2n, 2n]);
  });

  it("steps to neighbours and down to the number below", () => {
    const random = new Random(3);
    for (let i = 0; i < 2000; i++) {
      const v = value(mixedBits(random));
      if (typeof v !== "bigint") continue;
      const up = neighbour(v, 1);
      if (typeof up !== "bigint") continue;
      expect(up > v).to.equal(true);
      expect(neighbour(up, -1)).to.equal(v);
      expect(atMost(v)).to.equal(v);
      expect(atMost(up - 1n)).to.equal(v);
    }
    expect(neighbour(LARGEST, 1)).to.equal(Infinity);
    expect(neighbour(0n, -1)).to.equal(-1n);
    expect(atMost(-LARGEST - 1n)).to.equal(-Infinity);
  });
});

describe("acceptance", () => {
  const bits = (x: number) => BigInt(bitsOf(x));

  it("takes any NaN for a NaN and either zero for a zero", () => {
    expect(exactly(NaN).isAdmissible(0xff800001n)).to.equal(true);
    expect(exactly(NaN).isAdmissible(0x7f800000n)).to.equal(false);
    expect(exactly(0n).isAdmissible(0x80000000n)).to.equal(true);
    expect(exactly(0n).justOutside()).to.deep.equal([0x80000001n, 1n]);
    expect(exactly(-Infinity).justOutside()).to.deep.equal([0xff7fffffn]);
    expect(exactly(ONE).justOutside()).to.deep.equal([0x3f7fffffn, 0x3f800001n]);
  });

  it("keeps integers within their type", () => {
    expect(exactlyInteger(-128n, DType.int8).justOutside()).to.deep.equal([0x81n]);
    expect(exactlyInteger(0n, DType.int8).justOutside()).to.deep.equal([0xffn, 1n]);
    expect(exactlyInteger(255n, DType.uint8).justOutside()).to.deep.equal([254n]);
    expect(exactlyInteger(1n, DType.bool).justOutside()).to.deep.equal([0n]);
    expect(exactlyInteger(-1n, DType.int64).isAdmissible(2n ** 64n - 1n)).to.equal(true);
  });

  it("takes the numbers of an interval, its ends included, and an infinity beyond the largest number", () => {
    const around = within(ONE - 1n, 2n * ONE, 1n);
    expect([1, 1.5, 2].every((x) => around.isAdmissible(bits(x)))).to.equal(true);
    expect(around.justOutside()).to.deep.equal([bits(1) - 1n, bits(2) + 1n]);
    expect([NaN, Infinity, -Infinity, 0].some((x) => around.isAdmissible(bits(x)))).to.equal(false);
    const thirds = within(-1n, 5n, 3n);
    expect(thirds.justOutside()).to.deep.equal([0x80000001n, 2n]);
    const open = within(LARGEST, LARGEST + 1n, 1n);
    expect(open.isAdmissible(bits(Infinity))).to.equal(true);
    expect(open.justOutside()).to.deep.equal([0x7f7ffffen]);
    const closed = within(LARGEST, LARGEST, 1n);
    expect(closed.isAdmissible(bits(Infinity))).to.equal(false);
    expect(closed.justOutside()).to.deep.equal([0x7f7ffffen, bits(Infinity)]);
  });
});

describe("fixed point", () => {
  /** Decimals of 1/e. */
  const INVERSE_E = "36787944117144232159552377016146086744581113103176783450783680169746149574489980335714727434591964374662732527";

  it("knows the digits of 1/e", () => {
    const digits = (exponential(-FIXED_ONE) * 10n ** 100n) / FIXED_ONE;
    expect(digits.toString()).to.equal(INVERSE_E.slice(0, 100));
  });

  it("multiplies where arguments add, and agrees with the library function", () => {
    const random = new Random(4);
    for (let i = 0; i < 200; i++) {
      const [a, b] = [random.unit() * 60, random.unit() * 20].map((x) => -BigInt(Math.floor(x * 2 ** 45)) << (PRECISION - 45n));
      const difference = exponential(a + b) - ((exponential(a) * exponential(b)) >> PRECISION);
      expect(difference < 1n << 40n && difference > -(1n << 40n)).to.equal(true);
      const x = -Number(-a >> (PRECISION - 45n)) / 2 ** 45;
      const y = Number(exponential(a) >> (PRECISION - 200n)) / 2 ** 200;
      expect(Math.abs(y / Math.exp(x) - 1)).to.be.lessThan(1e-14);
    }
    expect(exponential(0n)).to.equal(FIXED_ONE);
    expect(exponential(-FIXED_ONE * 2n ** 129n)).to.equal(0n);
  });

  it("takes integer square roots", () => {
    const random = new Random(5);
    for (let i = 0; i < 500; i++) {
      const n = BigInt(random.u32()) << BigInt(random.int(0, 900));
      const root = integerSquareRoot(n);
      expect(root * root <= n && n < (root + 1n) ** 2n).to.equal(true);
    }
  });
});
