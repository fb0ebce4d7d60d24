import { expect } from "chai";
import { leavesAtMost, lineLeavesAtMost, siblingsAtMost } from "../../../core/merkle/cover.ts";
import { LEAF, siblingCount } from "../../../core/merkle/tensorTree.ts";
import type { Footprint } from "../../../core/tensor/footprint.ts";
import { commitStrides, sizeOf } from "../../../core/tensor/shape.ts";
import { Random } from "../../support/random.ts";

/** Commit offsets of a footprint that begins at `base`, in the order of reading. */
function offsets(footprint: Footprint, base: number): number[] {
  return footprint.reduce<number[]>((all, { count, stride }) => all.flatMap((at) => Array.from({ length: count }, (_, i) => at + i * stride)), [base]);
}

const leavesOf = (places: readonly number[], width: number): Set<number> => new Set(places.map((at) => Math.floor((at * width) / LEAF)));

describe("what an element reads at most", () => {
  it("is never exceeded, wherever the footprint of a random window lies in a tensor of a random layout", () => {
    const random = new Random(31);
    let [tight, all] = [0, 0];
    for (let i = 0; i < 3_000; i++) {
      const rank = random.int(1, 4);
      const dims = Array.from({ length: rank }, () => random.pick([1, 2, 3, 7, 20, 64, 300]));
      if (sizeOf(dims) > 300_000) continue;
      const strides = commitStrides(dims, random.shuffle(dims.map((_, a) => a)));
      const width = random.pick([1, 2, 4, 8]);
      const axes = dims.map((dim, a) => {
        const dilation = random.int(1, 3);
        const count = random.int(1, Math.max(1, Math.min(30, Math.floor((dim - 1) / dilation) + 1)));
        return { count, stride: strides[a] * dilation, room: dim - 1 - (count - 1) * dilation, own: strides[a] };
      });
      const footprint = axes.map(({ count, stride }) => ({ count, stride }));
      if (sizeOf(footprint.map(({ count }) => count)) > 20_000) continue;
      const depth = Math.ceil(Math.log2(Math.max(1, Math.ceil((sizeOf(dims) * width) / LEAF))));
      const most = Math.min(leavesAtMost(footprint, width), 2 ** depth);
      const beside = siblingsAtMost(footprint, width, depth);
      let greatest = 0;
      for (let j = 0; j < 6; j++) {
        const base = axes.reduce((at, { room, own }) => at + own * random.pick([0, room, random.int(0, room)]), 0);
        const places = offsets(footprint, base);
        const leaves = leavesOf(places, width);
        expect(leaves.size, JSON.stringify({ footprint, base, width })).to.be.at.most(most);
        expect(siblingCount(leaves, depth), JSON.stringify({ footprint, base, width, depth })).to.be.at.most(beside);
        // Places that have to be looked for: the leaf is another than that of the element before, or a line begins.
        const line = footprint[footprint.length - 1].count;
        const searches = places.filter((at, k) => k % line === 0 || Math.floor((at * width) / LEAF) !== Math.floor((places[k - 1] * width) / LEAF)).length;
        expect(searches).to.be.at.most(lineLeavesAtMost(footprint, width));
        greatest = Math.max(greatest, leaves.size);
      }
      all++;
      if (greatest >= most - 1) tight++;
    }
    expect(all).to.be.greaterThan(2_000);
    // A bound that many windows do not come near would refuse what can be judged.
    expect(tight / all).to.be.greaterThan(0.7);
  });

  it("is an element where that is all", () => {
    expect(leavesAtMost([], 4)).to.equal(1);
    for (const depth of [0, 1, 2, 5]) expect(siblingsAtMost([], 4, depth)).to.equal(depth);
  });
});
