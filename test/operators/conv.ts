import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { Cost, OperatorCases } from "./support/cases.ts";
import { float, numbers } from "./support/draw.ts";
import { chained, underGemv } from "./support/chains.ts";
import { caseOf } from "./support/onnx.ts";
import { convolution, drawConvolution, plain, type Convolution } from "./support/windows.ts";

const of = (s: Convolution, x: NodeInput, w: NodeInput, bias?: NodeInput, random?: Random): OnnxCase =>
  caseOf({ op: "Conv", attributes: s.attributes, inputs: [x, w, bias], output: { dtype: DType.float32, dims: s.y } }, random);

const usual = (shape: readonly number[], random: Random, scale = 1): NodeInput =>
  numbers(shape, Array.from({ length: sizeOf(shape) }, () => random.normal() * scale));

/** A 3 × 3 window in the middle of a map whose channels lie together. */
const cost = (about: string, most: number, rule: (c: OnnxCase) => OnnxCase): Cost => ({
  about,
  most,
  units: [32 * 9, 64 * 9, 128 * 9],
  of(units, random) {
    const s = units === 1 ? convolution(plain([8, 8], [1, 1]), 1, 4) : convolution(plain([8, 8], [3, 3], 1), units / 9, 4);
    const c = rule(of(s, usual(s.x, random), usual(s.w, random, 0.05)));
    const [x, ...others] = c.node.inputs;
    return { c: { ...c, node: { ...c.node, inputs: [{ ...x!, perm: [0, 2, 3, 1] }, ...others] } }, element: 27 };
  },
});

/** The window's first tap lies in the padding, where kernels multiply a zero. */
const overPadding = (weight: number): OnnxCase => of(convolution(plain([2], [2], 1, 0), 1, 1), numbers([1, 1, 2], [1, 1]), numbers([1, 1, 2], [weight, 1]));

export const conv: OperatorCases = {
  random(random) {
    const s = drawConvolution(random);
    return of(s, float(s.x, random), float(s.w, random), random.chance(0.6) ? float([s.w[0]], random) : undefined, random);
  },
  long: (random) =>
    [32, 64, 80].map((channels, i) => {
      const s = convolution(plain([8, 8], [3, 3], 1), channels, 16);
      return of(s, usual(s.x, random), usual(s.w, random), i === 0 ? undefined : usual([16], random), random);
    }),
  special: [
    { about: "an infinite weight over the padding", of: overPadding(Infinity), leaves: [NaN] },
    { about: "a NaN as weight over the padding", of: overPadding(NaN), leaves: [NaN] },
    { about: "a weight of 1 over the padding", of: overPadding(1), leaves: [1] },
  ],
  costs: [
    cost("multiply-accumulate of a chain", 330, (c) => ({ ...c, node: chained(c.node, 0, false) })),
    cost("multiply-accumulate of a row times a matrix", 600, (c) => ({ ...c, node: underGemv(c.node, 0) })),
    cost("multiply-accumulate of contiguous rows", 700, (c) => ({ ...c, node: underGemv(c.node, 2) })),
  ],
};
