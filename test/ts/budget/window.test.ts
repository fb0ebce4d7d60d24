import { expect } from "chai";
import { fullestWindow, tapsInside } from "../../../core/tensor/geometry.ts";
import { Random } from "../../support/random.ts";

describe("taps of a window inside the map", () => {
  it("are as many as counted one by one, at any place", () => {
    const random = new Random(4);
    for (let i = 0; i < 2_000; i++) {
      const axis = { kernel: random.int(1, 12), stride: random.int(1, 4), pad: random.int(0, 15), dilation: random.int(1, 4), dim: random.int(1, 20) };
      const outputs = random.int(1, 12);
      const counts = Array.from({ length: outputs }, (_, at) =>
        Array.from({ length: axis.kernel }, (_, t) => at * axis.stride - axis.pad + t * axis.dilation).filter((p) => p >= 0 && p < axis.dim).length,
      );
      expect(counts.map((_, at) => tapsInside(axis, at))).to.deep.equal(counts);
      const { at, inside } = fullestWindow(axis, outputs);
      expect(inside).to.equal(Math.max(...counts));
      expect(counts[at]).to.equal(inside);
    }
  });
});
