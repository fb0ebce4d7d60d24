import type { Random } from "../random.ts";
import { drawn, int, shape, some, stated, wide, x, type Cases, type Node } from "./drawing.ts";

/** Pictures that are sampled at computed places, transforms of signals, and determinants. */

const scalar = (value: number) => ({ ...wide(value), dims: [] });

function gridSample(random: Random, opset: number): Node {
  const rank = opset >= 20 && random.chance(0.3) ? 3 : 2;
  const [batch, channels] = shape(random, 2, 3);
  const spatial = shape(random, rank, 4).map((size) => size + 1);
  const mode = random.pick(rank === 3 ? ["nearest", "linear"] : ["nearest", "linear", "cubic"]);
  const named = opset >= 20 || mode === "nearest" ? mode : `bi${mode === "linear" ? "linear" : "cubic"}`;
  const grid = [batch, ...shape(random, rank, 4), rank];
  return {
    inputs: [x(batch, channels, ...spatial), random.chance(0.7) ? drawn(grid, () => 1.5 * random.normal()) : x(...grid)],
    attributes: stated({ mode: { string: named }, padding_mode: some(random, { string: random.pick(["zeros", "border", "reflection"]) }), align_corners: some(random, int(random.int(0, 1))) }),
  };
}

function transform(random: Random, opset: number): Node {
  const isInverse = random.chance(0.4);
  const isOneSided = !isInverse && random.chance(0.4);
  const dims = [...shape(random, random.int(1, 3), 9), isOneSided || random.chance(0.5) ? 1 : 2];
  const axis = random.int(0, dims.length - 2);
  const length = random.chance(0.4) ? [scalar(random.int(1, 10))] : [];
  const inputs = opset >= 20 ? [x(...dims), length[0] ?? null, scalar(random.chance(0.5) ? axis : axis - dims.length)] : [x(...dims), ...length];
  return { inputs, attributes: stated({ axis: opset < 20 ? int(axis) : undefined, inverse: int(Number(isInverse)), onesided: int(Number(isOneSided)) }) };
}

export const SIGNALS: Readonly<Record<string, Cases>> = {
  GridSample: {
    within: 1e-5,
    taken: gridSample,
    left: {
      "that throws back between the corners of one element": { inputs: [x(1, 1, 1, 2), x(1, 2, 2, 2)], attributes: { padding_mode: { string: "reflection" }, align_corners: int(1) }, opset: 20 },
    },
  },
  AffineGrid: {
    within: 1e-5,
    taken(random) {
      const rank = random.int(2, 3);
      const batch = random.int(1, 3);
      return { inputs: [x(batch, rank, rank + 1), wide(batch, random.int(1, 3), ...shape(random, rank, 5).map((size) => size + 1))], attributes: stated({ align_corners: some(random, int(random.int(0, 1))) }) };
    },
    left: { "of a computed size": { inputs: [x(1, 2, 3), { dtype: 7, dims: [4] }], opset: 20 } },
  },
  DFT: {
    within: 2e-4,
    isTame: true,
    taken: transform,
    left: { "of a long signal": { inputs: [x(1, 1025, 1)], opset: 17 } },
  },
  Det: {
    within: 1e-4,
    isTame: true,
    taken(random) {
      const n = random.int(1, 4);
      return { inputs: [x(...shape(random, random.int(0, 2), 3), n, n)] };
    },
    left: { "of five rows": { inputs: [x(5, 5)], opset: 11 } },
  },
};
