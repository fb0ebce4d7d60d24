import type { Random } from "../random.ts";
import { anyShape, drawn, int, some, stated, wide, x, type Cases, type Node } from "./drawing.ts";

/** The greatest element of a row, and its place; and what is chosen by places. */

const place = (op: "ArgMax" | "ArgMin"): Record<string, Cases> => ({
  [op]: {
    within: 0,
    outputs: [7],
    taken(random, opset) {
      const dims = anyShape(random);
      const axis = random.int(opset < 11 ? 0 : -dims.length, dims.length - 1);
      return { inputs: [x(...dims)], attributes: stated({ axis: int(axis), keepdims: some(random, int(random.int(0, 1))), select_last_index: opset < 12 ? undefined : some(random, int(random.int(0, 1))) }) };
    },
  },
});

function hardmax(random: Random, opset: number): Node {
  const dims = anyShape(random);
  return { inputs: [x(...dims)], attributes: { axis: int(random.int(opset < 11 ? 0 : -dims.length, dims.length - 1)) } };
}

function topK(random: Random, opset: number): Node {
  const dims = anyShape(random);
  const axis = random.int(opset < 11 ? 0 : -dims.length, dims.length - 1);
  const k = random.int(1, dims.at(axis)!);
  const attributes = stated({ axis: int(axis), k: opset < 10 ? int(k) : undefined, largest: opset < 11 ? undefined : some(random, int(random.int(0, 1))) });
  return { inputs: opset < 10 ? [x(...dims)] : [x(...dims), wide(k)], attributes };
}

export const GREATEST: Readonly<Record<string, Cases>> = {
  ...place("ArgMax"),
  ...place("ArgMin"),
  Hardmax: { within: 0, taken: hardmax },
  OneHot: {
    since: 11,
    within: 0,
    taken(random) {
      const dims = anyShape(random).slice(0, 3);
      return { inputs: [x(...dims), drawn([], () => random.int(1, 5)), random.chance(0.5) ? x(2) : drawn([2], () => random.normal())], attributes: { axis: int(random.int(-dims.length - 1, dims.length)) } };
    },
    left: { "of a computed depth": { inputs: [x(3), x(), drawn([2], () => 1)], opset: 13 } },
  },
  Trilu: {
    within: 0,
    taken(random) {
      const dims = [...anyShape(random).slice(2), random.int(1, 5), random.int(1, 5)];
      const k = random.chance(0.6) ? [{ ...wide(random.int(-4, 4)), dims: [] }] : [];
      return { inputs: [x(...dims), ...k], attributes: stated({ upper: some(random, int(random.int(0, 1))) }) };
    },
  },
  TopK: { within: 0, since: 9, outputs: [1, 7], taken: topK },
};
