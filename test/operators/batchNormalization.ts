import { bitsOf, floatOf } from "../../core/math/float32.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { floats, mixedBits } from "../support/floats.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { Claim, OperatorCases, Special } from "./support/cases.ts";
import { dims, drawer, float, numbers } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";

/** The compiler refuses an epsilon that is not finite; a publisher may register it. */
function of(inputs: readonly NodeInput[], epsilon: number, random?: Random): OnnxCase {
  const written = (value: number) => ({ epsilon: { float: value } });
  const c = caseOf({ op: "BatchNormalization", attributes: written(1), opset: 15, inputs, output: { dtype: DType.float32, dims: inputs[0].dims } }, random, {
    attributes: [bitsOf(epsilon) | 0],
  });
  return { ...c, onnx: { ...c.onnx, attributes: written(epsilon) } };
}

type Draw = () => number;

/** Numbers of models; of any kind; with a factor or a result that is subnormal or nearly overflows. */
function draws(random: Random): { x: Draw; scale: Draw; bias: Draw; mean: Draw; variance: Draw; epsilon: number } {
  const near = (low: number, high: number) => () => bitsOf(Math.fround(random.normal() * 2 ** random.int(low, high)));
  const positive = (next: Draw) => () => next() & 0x7fffffff;
  const epsilon = floatOf(random.pick([0x3727c5ac, 0x3a83126f, 0x33d6bf95, 0]));
  const choice = random.int(0, 9);
  if (choice === 0) return { x: near(0, 126), scale: near(-149, -110), bias: near(-149, -20), mean: near(0, 126), variance: positive(near(-10, 60)), epsilon: 0 };
  if (choice === 1) return { x: near(100, 127), scale: near(-5, 40), bias: near(100, 127), mean: near(100, 127), variance: positive(near(-10, 60)), epsilon };
  if (choice < 5) {
    const next = random.chance(0.8) ? drawer(random) : () => mixedBits(random);
    const odd = floatOf(mixedBits(random));
    const variance = random.chance(0.8) ? positive(next) : next;
    return { x: next, scale: next, bias: next, mean: next, variance, epsilon: random.chance(0.7) || !Number.isFinite(odd) ? epsilon : odd };
  }
  const size = random.int(-7, 7);
  return { x: near(size, size), scale: near(0, 0), bias: near(0, 0), mean: near(size, size), variance: positive(near(2 * size, 2 * size)), epsilon };
}

/** (x − mean) · scale / √(variance + epsilon) + b */
const one = (about: string, [x, scale, b, mean, variance, epsilon = 0]: readonly number[], leaves: readonly Claim[], not: readonly Claim[] = []): Special => ({
  about,
  of: of([numbers([1, 1], [x]), ...[scale, b, mean, variance].map((value) => numbers([1], [value]))], epsilon),
  leaves,
  not,
  // onnxruntime takes only finite attributes.
  ...(Number.isFinite(epsilon) ? {} : { runs: false }),
});

const below = (x: number): number => x * (1 - 2 ** -24);
const NOT_FINITE = [NaN, Infinity, -Infinity];
const SUBNORMAL = 2 ** -126 - 2 ** -149;

export const batchNormalization: OperatorCases = {
  random(random) {
    const shape = [random.int(1, 3), random.int(1, 5), ...dims(random, 0, 3, 4)];
    const d = draws(random);
    const channel = (next: Draw): NodeInput => ({ dtype: DType.float32, dims: [shape[1]], raw: floats(shape[1], next) });
    return of([float(shape, random, d.x), ...[d.scale, d.bias, d.mean, d.variance].map(channel)], d.epsilon, random);
  },
  special: [
    one("(3 − 1) / 2 + 1", [3, 1, 1, 1, 4], [2], [2.00001]),
    one("scale 0", [1, 0, 0, 0, 1], [0, 2 ** -140]),
    one("var + ε cancels", [1, 1, 0, 0, -0.00001, 0.000011], [1 / Math.sqrt(Math.fround(0.000011) - Math.fround(0.00001))]),
    one("a variance of 2^-126", [1, 1, 0, 0, 2 ** -126], [2 ** 63]),
    one("a subnormal variance may be flushed", [2 ** -60, 1, 0, 0, SUBNORMAL], [...NOT_FINITE, 8], [8.001]),
    one("a subnormal factor may be flushed", [1e30, 1e-40, 0, 0, 1], [9.999946010141869e-11, 0, 2 ** -140], [2e-8]),
    ...[[0, 0], [-1, 0], [-1, 0.5]].map(([variance, epsilon]) =>
      one(`a root or reciprocal of none: ${variance} + ${epsilon}`, [1, 1, 0, 0, variance, epsilon], NOT_FINITE),
    ),
    one("a variance of 2^127", [1, 1, 0, 0, 2 ** 127], [2 ** -63.5]),
    one("var + ε just below where it rounds to infinity", [1, 1, 0, 0, 2 ** 127, 2 ** 127 - 2 ** 104], [2 ** -64]),
    one("var + ε just where it rounds to infinity", [1, 1, 0, 0, 2 ** 127, 2 ** 127 - 2 ** 103], [0]),
    ...[[2 ** 127, 2 ** 127], [Infinity, 1], [1, Infinity]].map(([variance, epsilon]) =>
      one(`${variance} + ${epsilon} leaves B`, [1, 1, 7, 3, variance, epsilon], [7], [7.000001]),
    ),
    one("an infinite var + ε leaves B of terms that overflow", [3e38, 3e38, 2.5, -3e38, 3e38, 1e38], [2.5], [0x40200001n]),
    one("a factor that overflows", [1, 3e38, 0, 0, 1e-20], NOT_FINITE),
    one("a factor that may overflow", [0, 2 ** 64, 3, 0, 2 ** -126], [...NOT_FINITE, 3]),
    one("a factor that may not", [0, below(2 ** 64), 0, 0, 2 ** -126], [0, 2 ** -140]),
    one("a difference that overflows", [3e38, 1, 0, -3e38, 1], NOT_FINITE, [0x7e000000n]),
    ...[[1, 2 ** 125, 0, 0, 1], [0, 1, 2 ** 125, 0, 1], [0, 1, 0, -(2 ** 125), 1]].map((v) =>
      one(`a term of 2^125 may overflow: ${v}`, v, [...NOT_FINITE, 2 ** 125], [2 ** 125 * 1.00001]),
    ),
    one("a smaller term may not", [1, below(2 ** 125), 0, 0, 1], [below(2 ** 125)]),
    one("x and μ cancel, but each of their products has overflowed", [2 ** 100, 2 ** 30, 0, 2 ** 100, 1], NOT_FINITE),
    ...[[NaN, 1, 0, 0, 1], [1, NaN, 0, 0, 1], [1, 1, NaN, 0, Infinity], [1, 1, 0, NaN, 1], [1, 1, 0, 0, NaN], [1, 1, 0, 0, -Infinity]].map((v) =>
      one(`a NaN of ${v}`, v, [NaN]),
    ),
    one("∞ as x", [Infinity, 1, 0, 0, 1], [NaN, Infinity]),
    one("∞ as x under a scale below 0", [Infinity, -1, 0, 0, 1], [NaN, -Infinity]),
    one("∞ as x under a scale of 0", [Infinity, 0, 0, 0, 1], [NaN]),
    one("∞ less ∞", [Infinity, 1, 0, Infinity, 1], [NaN]),
    one("infinities of one sign", [Infinity, 1, Infinity, -Infinity, 1], [NaN, Infinity]),
    one("∞ as x, −∞ as b", [Infinity, 1, -Infinity, 0, 1], [NaN]),
    one("−∞ as scale", [1, -Infinity, 0, 0, 1], NOT_FINITE),
    one("∞ as b", [1, 1, Infinity, 0, 1], [NaN, Infinity]),
    one("−∞ as b", [1, 1, -Infinity, 0, 1], [NaN, -Infinity]),
    one("−∞ as mean", [1, 1, 0, -Infinity, 1], [NaN, Infinity]),
    one("−∞ as mean under a scale below 0", [1, -1, 0, -Infinity, 1], [NaN, -Infinity]),
  ],
};
