import { expect } from "chai";
import { canonicalise, isCanonical } from "../../../core/tensor/canonical.ts";
import { bitsOf, floatOf, sameFloatBits } from "../../../core/math/float32.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { SPECIAL_BITS, isNaNBits, mixedBits } from "../../support/floats.ts";
import { Random } from "../../support/random.ts";

const canonicalOf = (bits: number): number => {
  const words = Int32Array.of(bits);
  canonicalise(DType.float32, new Uint8Array(words.buffer));
  return words[0] >>> 0;
};

describe("canonical form", () => {
  it("has one zero and one NaN and leaves every other number as it is", () => {
    const random = new Random(61);
    for (const bits of [...SPECIAL_BITS, 0xffffffff, 0x7fffffff, ...Array.from({ length: 20_000 }, () => mixedBits(random))]) {
      const value = floatOf(bits);
      expect(canonicalOf(bits), bits.toString(16)).to.equal(value === 0 ? 0 : isNaNBits(bits) ? 0x7fc00000 : bits);
    }
  });

  it("is the same for values that are the same, and only for them", () => {
    for (const a of SPECIAL_BITS) for (const b of SPECIAL_BITS) expect(canonicalOf(a) === canonicalOf(b)).to.equal(sameFloatBits(a, b));
  });

  it("is recognised, in float32 only", () => {
    const random = new Random(62);
    for (const bits of [...SPECIAL_BITS, ...Array.from({ length: 5_000 }, () => random.u32())]) {
      expect(isCanonical(DType.float32, BigInt(bits)), bits.toString(16)).to.equal(canonicalOf(bits) === bits);
      expect(isCanonical(DType.uint32, BigInt(bits))).to.equal(true);
    }
    expect(isCanonical(DType.float64, 1n << 63n)).to.equal(true);
    expect(isCanonical(DType.float16, 0x8000n)).to.equal(true);
    expect(isCanonical(DType.float32, BigInt(bitsOf(-1)))).to.equal(true);
  });

  it("keeps within the words that it is given", () => {
    const words = new Int32Array(5).fill(-0x80000000);
    canonicalise(DType.float32, new Uint8Array(words.buffer, 4, 12));
    expect([...words]).to.deep.equal([-0x80000000, 0, 0, 0, -0x80000000]);
  });
});
