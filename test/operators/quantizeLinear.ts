import { bitsOf } from "../../core/math/float32.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { SPECIAL_BITS } from "../support/floats.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { OperatorCases } from "./support/cases.ts";
import { drawer, float, numbers, octets, words, type ByteType } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawScaling } from "./support/perAxis.ts";

const output = (dtype: DType, dims: readonly number[]) => ({ dtype, dims });

const one = (x: number, scale: number, zero = 0): OnnxCase =>
  caseOf({ op: "QuantizeLinear", inputs: [numbers([1], [x]), numbers([], [scale]), octets(DType.int8, [], [zero])], output: output(DType.int8, [1]) });

const HALVES = [0.5, 1.5, 2.5, -0.5, -1.5, 126.5, 127.5, -128.5, 3e9, -3e9, 2147483648, 1e30, -1e30];
const EXTREMES = [...SPECIAL_BITS, ...HALVES.map((v) => bitsOf(Math.fround(v)))];
const SCALES = [0x3f800000, 0xbf800000, 0, 0x80000000, 1, 0x00800000, 0x7f7fffff, 0x7f800000, 0x7fc00000];

/** Every special number and every kind of tie over one scale. */
const extremes = (dtype: ByteType, zero: number, scale: number): OnnxCase =>
  caseOf({ op: "QuantizeLinear", inputs: [words([EXTREMES.length], EXTREMES), words([], [scale]), octets(dtype, [], [zero])], output: output(dtype, [EXTREMES.length]) });

export const quantizeLinear: OperatorCases = {
  random(random) {
    const type = random.pick([DType.uint8, DType.int8]);
    const { shape, scale, zero, attributes } = drawScaling(random, type);
    // Numbers that are ties, or nearly, over a scale that is a power of two.
    const power = 2 ** random.int(-8, 8);
    const ties = () => (bitsOf(random.int(-300, 300) * 0.5 * power) + random.pick([0, 0, 1, -1])) >>> 0;
    const x = float(shape, random, random.chance(0.3) ? ties : drawer(random));
    // Without a zero point the result is uint8.
    return caseOf({ op: "QuantizeLinear", attributes, inputs: [x, scale, zero], output: output(zero === undefined ? DType.uint8 : type, shape) }, random);
  },
  every: SCALES.flatMap((scale) => [extremes(DType.int8, 0x80, scale), extremes(DType.uint8, 7, scale)]),
  special: [
    { about: "a NaN is either end of the range or the zero point", of: one(NaN, 1, 9), leaves: [9, 0x7f, 0x80] },
    { about: "0 / 0", of: one(0, 0, 5), leaves: [5, 0x7f, 0x80] },
    { about: "over a NaN", of: one(1, NaN, 5), leaves: [5, 0x7f, 0x80] },
    // A scale of zero lost its sign when it was committed.
    ...[0, -0].flatMap((scale) => [1, -1, Infinity].map((x) => ({ about: `${x} / ${Object.is(scale, 0) ? "+0" : "−0"}`, of: one(x, scale, 3), leaves: [0x7f, 0x80] }))),
    { about: "−∞", of: one(-Infinity, 1), leaves: [0x80] },
    { about: "over ∞", of: one(1, Infinity, 5), leaves: [5] },
    ...[[0.5, 0], [1.5, 2], [2.5, 2], [-0.5, 0], [-1.5, 0xfe]].map(([x, q]) => ({ about: `${x} goes to the even neighbour`, of: one(x, 1), leaves: [q] })),
    {
      about: "a scale of shape [1] and a zero point without axes serve the whole tensor",
      of: caseOf({ op: "QuantizeLinear", attributes: { axis: { int: 0 } }, inputs: [numbers([1], [2]), numbers([1], [0.5]), octets(DType.int8, [], [3])], output: output(DType.int8, [1]) }),
      leaves: [7],
    },
    { about: "126.5 saturates after the zero point of 1", of: one(126.5, 1, 1), leaves: [0x7f] },
  ],
};
