import { DType } from "../../core/tensor/dtype.ts";
import { sizeOf } from "../../core/tensor/shape.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { int32 } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawQuantised, quantisedInputs } from "./support/quantised.ts";
import { convolution, drawConvolution, plain, type Convolution } from "./support/windows.ts";

const of = (s: Convolution, inputs: readonly (NodeInput | undefined)[], random?: Random): OnnxCase =>
  caseOf({ op: "QLinearConv", attributes: s.attributes, inputs, output: { dtype: inputs[7]!.dtype as DType, dims: s.y } }, random);

/** Biases of models, or so close to the ends of int32 that sums wrap around. */
const drawBias = (random: Random): number =>
  random.pick([() => random.int(-40000, 40000), () => random.int(-100, 100), () => random.pick([2 ** 31 - 1 - random.int(0, 90000), -(2 ** 31) + random.int(0, 90000)])])();

function draw(s: Convolution, random: Random): OnnxCase {
  const filters = s.w[0];
  const inputs = drawQuantised(random, { a: s.x, b: s.w, products: sizeOf(s.w.slice(1)), channels: [filters], oneZero: true });
  const bias = random.chance(0.6) ? int32([filters], Array.from({ length: filters }, () => drawBias(random))) : undefined;
  return of(s, [...inputs, bias], random);
}

const bytes = (length: number, random: Random): number[] => Array.from({ length }, () => random.int(0, 255));

/** One window of 3 × 3 over so many channels, laid out as the compiler lays it out. */
function preferred(channels: number, random: Random): OnnxCase {
  const s = convolution(plain([5, 5], [3, 3], 1), channels, 4);
  const x = { dims: s.x, bytes: bytes(sizeOf(s.x), random), scale: 1, zero: 3 };
  const w = { dims: s.w, bytes: bytes(sizeOf(s.w), random), scale: 1, zero: 0 };
  const c = of(s, [...quantisedInputs(DType.int8, x, w, { scale: 2 ** 13, zero: 5 }), int32([4], [1, 2, 3, 4])]);
  const inputs = c.node.inputs.map((t, i) => (i === 0 || i === 3 ? { ...t!, perm: [0, 2, 3, 1] } : t));
  return { ...c, node: { ...c.node, inputs } };
}

/** One product, x · w = 6, and a bias. */
function single(y: number, bias: number): OnnxCase {
  const one = (value: number, scale = 0.5) => ({ dims: [1, 1, 1], bytes: [value], scale, zero: 0 });
  return of(convolution(plain([1], [1]), 1, 1), [...quantisedInputs(DType.int8, one(2), one(3), { scale: y, zero: 9 }), int32([1], [bias])]);
}

export const qLinearConv: OperatorCases = {
  random: (random) => draw(drawConvolution(random), random),
  long: (random) => Array.from({ length: 32 }, (_, i) => preferred([2, 16, 31, 32, 33, 64, 128, 256][i % 8], random)),
  special: [
    { about: "(6 + 1) / 4 + 9, to even at the tie 1.75", of: single(1, 1), leaves: [11] },
    { about: "a tie, 6 / 4", of: single(1, 0), leaves: [11] },
    { about: "a tie, 10 / 4", of: single(1, 4), leaves: [11] },
    { about: "a sum past int32 wraps around", of: single(2 ** 29, 2 ** 31 - 1), leaves: [8] },
    { about: "an output scale of zero: either end", of: single(0, 0), leaves: [0x80, 0x7f] },
    { about: "an output scale of zero and a sum of zero: the zero point besides", of: single(0, -6), leaves: [0x80, 0x7f, 9] },
    { about: "an output scale that is a NaN", of: single(NaN, 0), leaves: [0x80, 0x7f, 9] },
  ],
  costs: [["in the middle of the map", 12] as const, ["across its corner", 0] as const].map(([where, element]) => ({
    about: `multiply-accumulate ${where}`,
    most: 20,
    units: [288, 576, 2304],
    of: (units, random) => ({ c: preferred(Math.ceil(units / 9), random), element }),
  })),
};
