import { expect } from "chai";
import { network } from "hardhat";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const codec = await ethers.deployContract("TensorCodecHarness");

/** Bits of the binary32 nearest to n/d (ties to even) by search over the ordered bit patterns, exact in integers. */
function nearest(n: bigint, d: bigint): bigint {
  const sign = n < 0n ? 1n << 31n : 0n;
  if (n < 0n) n = -n;
  // Twice the value of a pattern, times 2^149: an integer.
  const doubled = (bits: bigint): bigint => {
    const [e, f] = [bits >> 23n, bits & 0x7fffffn];
    return 2n * (e === 0n ? f : (f | 0x800000n) << (e - 1n));
  };
  let [low, high] = [0n, 0x7f800000n];
  while (high - low > 1n) {
    const mid = (low + high) >> 1n;
    if (doubled(mid) * d <= n << 150n) low = mid;
    else high = mid;
  }
  const middle = ((doubled(low) + doubled(high)) / 2n) * d;
  const up = n << 150n > middle || (n << 150n === middle && (low & 1n) === 1n);
  // A zero that comes from rounding keeps the sign.
  return sign | (up ? high : low);
}

/** round(n/d), ties to even. */
function rounded(n: bigint, d: bigint): bigint {
  const m = n < 0n ? -n : n;
  let q = m / d;
  const rest = 2n * (m % d);
  if (rest > d || (rest === d && (q & 1n) === 1n)) ++q;
  return n < 0n ? -q : q;
}

describe("TensorCodec", () => {
  const random = new Random(7);
  const integer = (bits: number): bigint => {
    let x = 0n;
    for (let i = 0; i < bits; i += 16) x = (x << 16n) | BigInt(random.int(0, 0xffff));
    x &= (1n << BigInt(bits)) - 1n;
    return random.int(0, 1) === 0 ? x : -x;
  };

  it("toFloat32 is correctly rounded over the whole range, subnormals and ties included", async () => {
    const values: bigint[] = [0n, 1n, -1n, 16777217n, 16777219n, -16777217n, 5n, 10n ** 38n, 2n ** 24n - 1n, 2n ** 127n];
    const decimals: bigint[] = [0n, 76n, 76n, 0n, 0n, 0n, 1n, 0n, 0n, 0n];
    for (let i = 0; i < 1200; ++i) {
      const d = BigInt(random.int(0, 76));
      // Up to the float32 range, 2^128, and down to where everything is a subnormal or zero.
      values.push(integer(random.int(1, Math.min(254, 127 + Math.floor(Number(d) * 3.32)))));
      decimals.push(d);
    }
    // Exact ties: (2k + 1)·2^e, and powers of ten around the smallest subnormal.
    for (let i = 0; i < 200; ++i) {
      values.push((BigInt(random.int(1 << 23, (1 << 24) - 1)) * 2n + 1n) << BigInt(random.int(0, 80)));
      decimals.push(0n);
      values.push(BigInt(random.int(1, 99999)));
      decimals.push(BigInt(random.int(40, 52)));
    }
    const actual: bigint[] = [];
    for (let i = 0; i < values.length; i += 200) {
      actual.push(...(await codec.toFloat32(values.slice(i, i + 200), decimals.slice(i, i + 200))));
    }
    let subnormals = 0;
    values.forEach((v, i) => {
      const expected = nearest(v, 10n ** decimals[i]);
      if ((expected & 0x7fffffffn) !== 0n && (expected & 0x7f800000n) === 0n) ++subnormals;
      expect(actual[i], `${v} / 10^${decimals[i]}`).to.equal(expected);
    });
    expect(subnormals).to.be.greaterThan(50);
  });

  it("ratioToFloat32 is correctly rounded, of pixels and of the widest ratios", async () => {
    const pixels = Array.from({ length: 256 }, (_, pixel) => pixel);
    const expected = pixels.map((pixel) => BigInt(new Uint32Array(Float32Array.of(pixel / 255).buffer)[0]));
    expect(await codec.ratioToFloat32(pixels, pixels.map(() => 255))).to.deep.equal(expected);
    const drawn = Array.from({ length: 400 }, () => [1n + (integer(random.int(1, 64)) & (2n ** 63n - 1n)), 1n + (integer(random.int(1, 64)) & (2n ** 63n - 1n))]);
    drawn.push([1n, 2n ** 64n - 1n], [2n ** 64n - 1n, 1n], [2n ** 64n - 1n, 2n ** 64n - 1n], [16777217n, 1n], [16777219n, 2n]);
    const actual = (await codec.ratioToFloat32(drawn.map(([n]) => n), drawn.map(([, d]) => d))) as bigint[];
    drawn.forEach(([n, d], i) => expect(actual[i], `${n}/${d}`).to.equal(nearest(n, d)));
    expect(await codec.ratioToFloat32([0], [5])).to.deep.equal([0n]);
    await expect(codec.ratioToFloat32([7], [0])).to.be.revertedWithCustomError(codec, "ZeroDenominator").withArgs(7);
    expect(await codec.bytesOf(0x3f800001)).to.equal("0x0100803f");
  });

  it("fromFloat32 is correctly rounded", async () => {
    const bits: bigint[] = [0n, 0x80000000n, 1n, 0x007fffffn, 0x3f000000n, 0x3fc00000n, 0x40200000n, 0xbf000000n];
    const decimals: bigint[] = [0n, 0n, 45n, 45n, 0n, 0n, 0n, 0n];
    while (bits.length < 1200) {
      const e = random.int(1, 250);
      const d = random.int(0, 60);
      // Results stay below 2^254.
      if (e - 127 + d * 3.33 > 250) continue;
      bits.push((BigInt(random.int(0, 1)) << 31n) | (BigInt(e) << 23n) | BigInt(random.int(0, 0x7fffff)));
      decimals.push(BigInt(d));
    }
    const actual: bigint[] = [];
    for (let i = 0; i < bits.length; i += 200) {
      actual.push(...(await codec.fromFloat32(bits.slice(i, i + 200), decimals.slice(i, i + 200))));
    }
    bits.forEach((b, i) => {
      const [e, f] = [(b >> 23n) & 0xffn, b & 0x7fffffn];
      const scaled = (e === 0n ? f : (f | 0x800000n) << (e - 1n)) * 10n ** decimals[i];
      const expected = rounded(b >> 31n === 0n ? scaled : -scaled, 1n << 149n);
      expect(actual[i], `${b.toString(16)} at ${decimals[i]}`).to.equal(expected);
    });
  });

  it("refuses what has no value in the other format", async () => {
    await expect(codec.toFloat32([2n ** 128n], [0])).to.be.revertedWithCustomError(codec, "OutOfRange").withArgs(2n ** 128n, 0);
    // The greatest number that still rounds to a finite one, and the tie that would round to infinity.
    const greatest = 2n ** 128n - 2n ** 103n - 1n;
    expect((await codec.toFloat32([greatest], [0]))[0]).to.equal(0x7f7fffffn);
    await expect(codec.toFloat32([greatest + 1n], [0])).to.be.revertedWithCustomError(codec, "OutOfRange");
    await expect(codec.toFloat32([1], [77])).to.be.revertedWithCustomError(codec, "DecimalsOutOfRange").withArgs(77, 76);
    for (const bits of [0x7f800000, 0xff800000, 0x7fc00000]) {
      await expect(codec.fromFloat32([bits], [0])).to.be.revertedWithCustomError(codec, "NotFinite").withArgs(bits);
    }
    await expect(codec.fromFloat32([0x7f7fffff], [40])).to.be.revertedWithCustomError(codec, "Overflow");
    await expect(codec.fromFloat32([1], [70])).to.be.revertedWithCustomError(codec, "DecimalsOutOfRange");
    await expect(codec.encodeInt8([128], 0)).to.be.revertedWithCustomError(codec, "OutOfRange").withArgs(128, 0);
    await expect(codec.encodeInt8([-129], 0)).to.be.revertedWithCustomError(codec, "OutOfRange");
    await expect(codec.encodeUint8([-6], 1)).to.be.revertedWithCustomError(codec, "OutOfRange");
    await expect(codec.encodeUint8([2555], 1)).to.be.revertedWithCustomError(codec, "OutOfRange");
    await expect(codec.float32At("0x00000000", 1)).to.be.revertedWithCustomError(codec, "ElementOutOfBounds").withArgs(1, 1);
  });

  it("encodes little-endian tensors and reads them back", async () => {
    const bytes = Buffer.from(new Float32Array([0.5, -1.25, 0.1, 3]).buffer);
    expect(await codec.encodeFloat32([500, -1250, 100, 3000], 3)).to.equal(`0x${bytes.toString("hex")}`);
    const numbers = [[5n, 1], [-125n, 2], [1n, 1], [3n, 0]].map(([value, decimals]) => ({ value, decimals }));
    expect(await codec.encodeNumbers(numbers)).to.equal(`0x${bytes.toString("hex")}`);
    expect(await codec.decodeFloat32(bytes, 3)).to.deep.equal([500n, -1250n, 100n, 3000n]);
    expect(await codec.float32At(bytes, 1)).to.equal(BigInt(bytes.readUInt32LE(4)));
    // −128, 127, and ties to even: 0.5 → 0, 1.5 → 2, −2.5 → −2.
    expect(await codec.encodeInt8([-1280, 1270, 5, 15, -25], 1)).to.equal("0x807f0002fe");
    expect(await codec.encodeUint8([2550, 5, 15, 25], 1)).to.equal("0xff000202");
    expect(await codec.decodeInt8("0x807f00", 2)).to.deep.equal([-12800n, 12700n, 0n]);
    expect(await codec.decodeUint8("0x80ff", 1)).to.deep.equal([1280n, 2550n]);
  });

  it("passes float32 tensors whose every element is finite and within the limit, and names the first that is not", async () => {
    const bytesOf = (words: readonly number[]) => Buffer.from(Uint32Array.from(words).buffer);
    const ten = (await codec.toFloat32([10], [0]))[0];
    const inside = [0x41200000, 0xc1200000, 0, 0x80000000, 1, 0x807fffff, 0x3f800000, 0xbf800001];
    const outside = [0x41200001, 0xc1200001, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffffffff, 0x7f800001];
    for (let length = 0; length < 40; length++) {
      const words = Array.from({ length }, () => random.pick(inside));
      await codec.requireFloat32Within(bytesOf(words), ten);
      if (length === 0) continue;
      const at = random.int(0, length - 1);
      words[at] = random.pick(outside);
      const later = random.int(at, length - 1);
      if (later > at) words[later] = random.pick(outside);
      await expect(codec.requireFloat32Within(bytesOf(words), ten)).to.be.revertedWithCustomError(codec, "ElementNotWithin").withArgs(at, words[at], ten);
    }
    // The least and the greatest limit.
    await codec.requireFloat32Within(bytesOf([0, 0x80000000]), 0);
    await expect(codec.requireFloat32Within(bytesOf([0, 1]), 0)).to.be.revertedWithCustomError(codec, "ElementNotWithin").withArgs(1, 1, 0);
    await codec.requireFloat32Within(bytesOf([0x7f7fffff, 0xff7fffff]), 0x7f7fffff);
    for (const special of [0x7f800000, 0xff800000, 0x7fc00000, 0xffffffff]) {
      await expect(codec.requireFloat32Within(bytesOf([special]), 0x7f7fffff)).to.be.revertedWithCustomError(codec, "ElementNotWithin");
      await expect(codec.requireFloat32Within(bytesOf([]), special)).to.be.revertedWithCustomError(codec, "NotFinite").withArgs(special);
    }
    await expect(codec.requireFloat32Within(bytesOf([]), 0xbf800000)).to.be.revertedWithCustomError(codec, "NotFinite");
    await expect(codec.requireFloat32Within("0x000000", ten)).to.be.revertedWithCustomError(codec, "NotWholeElements").withArgs(3);
    // What follows the tensor in calldata is not read.
    await codec.requireFloat32Within(`0x${"00".repeat(4)}`, 0);
  });

  it("checks an element for less than 30 gas", async () => {
    const spent = async (elements: number) => Number(await codec.gasOfWithin(new Uint8Array(4 * elements), 0x3f800000));
    const each = ((await spent(4_096)) - (await spent(64))) / (4_096 - 64);
    if (process.env.OPG_FIGURES === "1") console.log(`requireFloat32Within: ${each.toFixed(1)} gas an element`);
    expect(each).to.be.lessThan(30);
  });

  it("toInteger rounds the extremes", async () => {
    const least = -(2n ** 255n);
    expect(await codec.toInteger(least, 0)).to.equal(least);
    expect(await codec.toInteger(-least - 1n, 0)).to.equal(-least - 1n);
    for (let i = 0; i < 50; ++i) {
      const [v, d] = [integer(254), BigInt(random.int(0, 76))];
      expect(await codec.toInteger(v, d)).to.equal(rounded(v, 10n ** d));
    }
  });

  it("argmax: first of equals, both zeros alike, never NaN", async () => {
    const argmax = (...x: number[]) => codec.argmaxFloat32(Buffer.from(new Float32Array(x).buffer));
    expect(await argmax(-3, -1, -2)).to.equal(1n);
    expect(await argmax(1, 7, 7, 2)).to.equal(1n);
    expect(await argmax(-0, 0)).to.equal(0n);
    expect(await argmax(NaN, -Infinity, 3)).to.equal(2n);
    expect(await argmax(1, Infinity, 3e38)).to.equal(1n);
    expect(await argmax(NaN, NaN)).to.equal(0n);
    expect(await argmax()).to.equal(0n);
    for (let i = 0; i < 50; ++i) {
      const x = Array.from({ length: 10 }, () => random.int(-50, 50) / 8);
      expect(await argmax(...x)).to.equal(BigInt(x.indexOf(Math.max(...x))));
    }
  });
});
