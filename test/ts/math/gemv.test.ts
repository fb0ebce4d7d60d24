import { expect } from "chai";
import { hexlify } from "ethers";
import { network } from "hardhat";
import { bitsOf, floatOf, sameFloatBits } from "../../../core/math/float32.ts";
import { blockAt, extendGroups, extendLanes, foldLanes, gemvDot, LANES, slowProducts } from "../../../core/math/gemv.ts";
import { anyBits, mixedBits, roundBits, usualBits } from "../../support/floats.ts";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("DotHarness");
const random = new Random(31);
const bytes = (bits: readonly number[]): string => hexlify(new Uint8Array(Uint32Array.from(bits).buffer));
const floats = (bits: readonly number[]): Float32Array => Float32Array.from(bits, floatOf);

/** Numbers of one kind: where the fast path holds, at its edges, and where it never applies. */
const SOURCES: readonly (() => number)[] = [
  () => usualBits(random),
  () => usualBits(random, 1e-3),
  () => bitsOf(Math.fround(Math.max(0, random.normal()))),
  () => roundBits(random),
  () => mixedBits(random),
  () => anyBits(random),
  () => bitsOf(Math.fround(random.normal() * 2 ** random.int(-64, -59))),
  () => bitsOf(Math.fround(random.normal() * 2 ** random.int(20, 26))),
  () => bitsOf(Math.fround(random.normal() * 2 ** random.int(60, 66))),
  () => random.pick([0, 0x80000000, 1, 0x807fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x3f800000, 0x7f7fffff]),
  () => (random.chance(0.02) ? anyBits(random) : usualBits(random)),
];

interface Case {
  readonly a: number[];
  readonly b: number[];
  readonly cut: number;
  readonly place: number;
  readonly run: number;
}

function draw(length = random.pick([0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 33, 70])): Case {
  const [sourceA, sourceB] = [random.pick(SOURCES), random.pick(SOURCES)];
  const run = random.int(1, 12);
  return { a: Array.from({ length }, sourceA), b: Array.from({ length }, sourceB), cut: random.int(0, length), place: random.int(0, run - 1), run };
}

/** What the schedules yield by their definition: whole groups, whole lanes. */
function defined({ a, b, place, run }: Case): { groups: number; rows: number } {
  const add = (x: number, y: number): number => Math.fround(x + y);
  const products = a.map((x, k) => Math.fround(floatOf(x) * floatOf(b[k])));
  let [groups, k] = [0, 0];
  for (const size of [4, 2, 1]) for (; products.length - k >= size; k += size) groups = add(products.slice(k, k + size).reduce(add), groups);
  const lanes = Array.from({ length: LANES }, (_, lane) => products.filter((_p, i) => i % LANES === lane).reduce(add, 0));
  return { groups, rows: foldLanes(lanes, blockAt(place, run)) };
}

describe("Gemv", () => {
  it("adds like the twin, in pieces: 2,000 vectors of every kind and length", async () => {
    for (let batch = 0; batch < 20; batch++) {
      const cases = Array.from({ length: 100 }, () => draw());
      const [groups, rows] = await harness.gemv(cases.map((c) => ({ ...c, a: bytes(c.a), b: bytes(c.b) })));
      for (const [i, c] of cases.entries()) {
        const [a, b] = [floats(c.a), floats(c.b)];
        const ofGroups = bitsOf(gemvDot(a, b, { block: undefined, first: 0, last: 0 }));
        const ofRows = bitsOf(gemvDot(a, b, { block: blockAt(c.place, c.run), first: 0, last: 0 }));
        for (const [form, found, expected] of [["groups", groups[i], ofGroups], ["rows", rows[i], ofRows]] as const)
          if (!sameFloatBits(Number(found), expected)) expect.fail(`${form} of ${JSON.stringify(c)}: ${found.toString(16)}, twin ${expected.toString(16)}`);
      }
    }
  });

  it("has a twin that adds groups of four, two and one, and lanes by the block", () => {
    for (let i = 0; i < 3_000; i++) {
      const c = draw(random.int(0, 30));
      const [a, b] = [floats(c.a), floats(c.b)];
      const { groups, rows } = defined(c);
      expect(sameFloatBits(bitsOf(gemvDot(a, b, { block: undefined, first: 0, last: 0 })), bitsOf(groups)), JSON.stringify(c)).to.equal(true);
      expect(sameFloatBits(bitsOf(gemvDot(a, b, { block: blockAt(c.place, c.run), first: 0, last: 0 })), bitsOf(rows)), JSON.stringify(c)).to.equal(true);
    }
  });

  it("carries the same from one piece to the next, wherever a product is cut", () => {
    for (let i = 0; i < 500; i++) {
      const c = draw(random.int(0, 30));
      const [a, b] = [floats(c.a), floats(c.b)];
      const [groups, whole] = [{ open: 0, total: 1 }, { open: 0, total: 1 }];
      const [lanes, all] = [new Float32Array(LANES), new Float32Array(LANES)];
      extendGroups(whole, a, b, 0, a.length);
      extendLanes(all, a, b, 0);
      for (const [from, until] of [[0, c.cut], [c.cut, a.length]]) {
        extendGroups(groups, a.subarray(from, until), b.subarray(from, until), from, a.length);
        extendLanes(lanes, a.subarray(from, until), b.subarray(from, until), from);
      }
      expect(groups).to.deep.equal(whole);
      expect(lanes).to.deep.equal(all);
    }
  });

  it("puts outputs into blocks of four, then one of two, then one of one", () => {
    const blocks = (run: number) => Array.from({ length: run }, (_, place) => blockAt(place, run)).join("");
    expect([1, 2, 3, 4, 5, 6, 7, 8, 11].map(blocks)).to.deep.equal(["1", "22", "221", "4444", "44441", "444422", "4444221", "44444444", "44444444221"]);
  });

  it("costs what the fast path costs exactly where the twin says so", async () => {
    const cases = Array.from({ length: 300 }, () => ({ ...draw(64), cut: 0 }));
    const gas: bigint[] = [];
    for (let i = 0; i < cases.length; i += 30) {
      const [, , spent] = await harness.gemv(cases.slice(i, i + 30).map((c) => ({ ...c, a: bytes(c.a), b: bytes(c.b) })));
      gas.push(...spent);
    }
    const fast = cases.map((c) => slowProducts(Uint32Array.from(c.a), Uint32Array.from(c.b), 0, []) === 0);
    const each = (wanted: boolean) => cases.flatMap((_, i) => (fast[i] === wanted ? [Number(gas[i])] : []));
    expect(each(true).length).to.be.greaterThan(50);
    // 128 products and seven sums; slower by far with a single block that leaves it.
    expect(Math.max(...each(true))).to.be.lessThan(100_000);
    expect(each(false).filter((spent) => spent > Math.max(...each(true))).length).to.be.greaterThan(50);
  });
});
