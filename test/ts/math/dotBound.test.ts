import { expect } from "chai";
import { hexlify } from "ethers";
import { network } from "hardhat";
import { emptySums, withinBound, withinDotBound, type BoundedDot } from "../../../core/math/dotBound.ts";
import { bitsOf, chainDot, floatOf } from "../../../core/math/float32.ts";
import { LengthNotJudged } from "../../../core/math/length.ts";
import { anyBits, fromOrder, mixedBits, roundBits, toOrder, usualBits } from "../../support/floats.ts";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("DotHarness");
const ONE = 0x3f800000;
const bytes = (bits: readonly number[]): string => hexlify(new Uint8Array(Uint32Array.from(bits).buffer));
const finite = (bits: number): boolean => (bits & 0x7f800000) !== 0x7f800000;

interface Case {
  a: number[];
  b: number[];
  alpha: number;
  beta: number;
  c: number;
  roundings: number;
  claimed: number;
}

/** One case of many kinds of operands, with a claim that is near the bound more often than not. */
function randomCase(random: Random): Case {
  const draw = random.pick([
    () => usualBits(random), () => usualBits(random, 1e-3), () => roundBits(random), () => mixedBits(random), () => anyBits(random),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(-149, -50))),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(50, 64))),
  ]);
  const count = random.pick([0, 1, 3, 8, 9, 16, 40]);
  const a = Array.from({ length: count }, draw);
  const b = Array.from({ length: count }, draw);
  const plain = random.chance(0.5);
  const [alpha, beta] = plain ? [ONE, ONE] : [draw(), random.chance(0.2) ? 0 : draw()];
  const c = random.chance(0.3) ? 0 : draw();
  const roundings = plain ? 1 : 3;
  const near = bitsOf(
    chainDot(a.map(floatOf), b.map(floatOf), {
      chunk: 0, alpha: floatOf(alpha), first: 0, last: floatOf(beta) === 0 ? 0 : Math.fround(floatOf(beta) * floatOf(c)),
    }),
  );
  let claimed = near;
  const dot = { a, b, alpha, beta, c, roundings };
  if (finite(near) && withinDotBound(dot, near) && !withinDotBound(dot, 0x7f800000)) {
    // One of the two numbers between which the bound lies.
    let [good, bad] = [toOrder(near), toOrder(random.chance(0.5) ? 0x7f800000 : 0xff800000)];
    while (Math.abs(bad - good) > 1) {
      const middle = Math.trunc((good + bad) / 2);
      if (withinDotBound(dot, fromOrder(middle))) good = middle;
      else bad = middle;
    }
    claimed = fromOrder(random.pick([good, bad, toOrder(near)]));
  } else if (random.chance(0.3)) claimed = draw();
  return { ...dot, claimed };
}

describe("DotBound", () => {
  it("agrees with the twin's big integers on either side of the bound: 1,500 cases, fed in two pieces", async () => {
    const random = new Random(3);
    const count = { inside: 0, outside: 0 };
    for (let batch = 0; batch < 30; batch++) {
      const cases = Array.from({ length: 50 }, () => randomCase(random));
      const { results } = await harness.bounds(cases.map((c) => ({ ...c, a: bytes(c.a), b: bytes(c.b) })));
      cases.forEach((c, i) => {
        const expected = withinDotBound(c, c.claimed);
        expect(results[i], JSON.stringify(c)).to.equal(expected);
        count[expected ? "inside" : "outside"]++;
      });
    }
    expect(Math.min(count.inside, count.outside)).to.be.greaterThan(200);
  });

  it("admits any order of summation, with and without fused multiply-add, and no value twice as far off", () => {
    const random = new Random(4);
    for (let i = 0; i < 2000; i++) {
      const scale = 2 ** random.int(-60, 40);
      const n = random.int(1, 60);
      const a = Array.from({ length: n }, () => usualBits(random, scale));
      const b = Array.from({ length: n }, () => usualBits(random));
      const dot = { a, b, alpha: ONE, beta: ONE, c: usualBits(random, scale), roundings: 1 };
      const order = random.shuffle(a.map((_, k) => k));
      let sum = random.chance(0.5) ? floatOf(dot.c) : 0;
      const bias = sum === 0 ? floatOf(dot.c) : 0;
      for (const k of order) sum = Math.fround(sum + Math.fround(floatOf(a[k]) * floatOf(b[k])));
      expect(withinDotBound(dot, bitsOf(Math.fround(sum + bias)))).to.equal(true);
      const total = a.reduce((t, x, k) => t + Math.abs(floatOf(x) * floatOf(b[k])), Math.abs(floatOf(dot.c)));
      const exact = a.reduce((t, x, k) => t + floatOf(x) * floatOf(b[k]), floatOf(dot.c));
      const far = 2 * (n + 4) * 2 ** -24 * total + 2 ** -120;
      expect(withinDotBound(dot, bitsOf(Math.fround(exact + far)))).to.equal(false);
    }
  });

  it("decides infinities, NaN and overflow as the protocol does", () => {
    const dot = { a: [ONE], b: [ONE], alpha: ONE, beta: ONE, c: 0, roundings: 1 };
    for (const claimed of [0x7f800000, 0xff800000, 0x7fc00000]) expect(withinDotBound(dot, claimed)).to.equal(false);
    // 2^63 · 2^63 = 2^126: some order of more such terms could overflow.
    const huge = { ...dot, a: [0x5f000000], b: [0x5f000000] };
    for (const claimed of [bitsOf(2 ** 126), 0x7f800000, 0xff800000, 0x7fc00000]) expect(withinDotBound(huge, claimed)).to.equal(true);
    for (const claimed of [0, ONE, bitsOf(2 ** 126 * (1 + 2 ** -21)), bitsOf(-(2 ** 126))]) expect(withinDotBound(huge, claimed)).to.equal(false);
    // A product of 2^130 is infinite whatever finite number it is added to.
    const opposite = { ...dot, a: [0x60000000, 0x60000000], b: [0x60000000, 0xe0000000] };
    for (const claimed of [0, ONE, 0x7f7fffff]) expect(withinDotBound(opposite, claimed)).to.equal(false);
    for (const claimed of [0x7f800000, 0xff800000, 0x7fc00000]) expect(withinDotBound(opposite, claimed)).to.equal(true);
    expect(withinDotBound({ ...opposite, alpha: 0x3f7fffff }, 0)).to.equal(true);
    const special = [0x7fc00000, 0x7f800000, 0xff800000];
    for (const [broken, possible] of [
      [{ ...dot, a: [0x7f800000] }, special.slice(0, 2)],
      [{ ...dot, a: [0x7f800000], alpha: 0xbf800000 }, [0x7fc00000, 0xff800000]],
      [{ ...dot, a: [0x7f800000], c: 0xff800000 }, [0x7fc00000]],
      [{ ...dot, b: [0x7fc00000], a: [0] }, special],
      [{ ...dot, a: [0x7f800000], b: [0] }, [0x7fc00000]],
      [{ ...dot, c: 0xff800000 }, [0x7fc00000, 0xff800000]],
      [{ ...dot, alpha: 0x7fc00000 }, special],
      [{ ...dot, beta: 0x7f800000, c: ONE }, special],
    ] satisfies [BoundedDot, number[]][]) {
      for (const claimed of [0, 5, ONE, 0x7f7fffff]) expect(withinDotBound(broken, claimed)).to.equal(false);
      for (const claimed of special) expect(withinDotBound(broken, claimed)).to.equal(possible.includes(claimed));
    }
    // With beta 0 the runtime does not read C.
    expect(withinDotBound({ ...dot, c: 0x7fc00000, beta: 0 }, 5)).to.equal(false);
    // A flushed product of 2^-100 · 2^-100 and nothing larger than a few 2^-126.
    const tiny = { ...dot, a: [0x0d800000], b: [0x0d800000] };
    expect(withinDotBound(tiny, 0)).to.equal(true);
    expect(withinDotBound(tiny, bitsOf(3 * 2 ** -126))).to.equal(true);
    expect(withinDotBound(tiny, bitsOf(3.5 * 2 ** -126))).to.equal(false);
  });

  it("judges 2²² products and no more, in both languages", async () => {
    const most = 2 ** 22;
    const terms = { alpha: ONE, beta: ONE, c: 0, roundings: 1 };
    expect(withinBound(emptySums(), most, terms, 0)).to.equal(true);
    expect(() => withinBound(emptySums(), most + 1, terms, 0)).to.throw(LengthNotJudged, "4194305");
    const claim = { ...terms, claimed: 0 };
    expect(await harness.admissible(new Array<number>(9).fill(0), { ...claim, count: most })).to.equal(true);
    await expect(harness.admissible(new Array<number>(9).fill(0), { ...claim, count: most + 1 }))
      .to.be.revertedWithCustomError(harness, "LengthNotJudged")
      .withArgs(most + 1, most);
  });

  it("costs at most 165 gas a multiply-accumulate", async () => {
    const random = new Random(5);
    const spent = async (k: number): Promise<number> => {
      const vector = () => bytes(Array.from({ length: k }, () => usualBits(random)));
      const { gas } = await harness.bounds([{ a: vector(), b: vector(), alpha: ONE, beta: ONE, c: 0, roundings: 1, claimed: 0 }]);
      return Number(gas[0]);
    };
    const [small, large] = [await spent(64), await spent(640)];
    if (process.env.OPG_FIGURES === "1") console.log(`k = 64: ${small} gas; ${((large - small) / 576).toFixed(1)} gas for each further one`);
    expect((large - small) / 576).to.be.at.most(165);
  });
});
