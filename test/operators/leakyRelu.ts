import { SPECIAL_BITS } from "../support/floats.ts";
import { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { dims, float, numbers, words } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";

const leaky = (x: NodeInput, alpha: number, random?: Random): OnnxCase =>
  caseOf({ op: "LeakyRelu", attributes: { alpha: { float: alpha } }, inputs: [x], output: { dtype: DType.float32, dims: x.dims } }, random);

const of = (x: number, alpha: number): OnnxCase => leaky(numbers([1], [x]), alpha);

export const leakyRelu: OperatorCases = {
  random: (random) => leaky(float(dims(random, 0, 4), random), random.pick([0.01, 0.2, 0, 1, -1, 3e38, 2 ** -149, random.normal(), Infinity]), random),
  every: [leaky(words([SPECIAL_BITS.length], SPECIAL_BITS), 0.01)],
  keepsSigns: true,
  special: [
    { about: "a positive number stays", of: of(2.5, 0.1), leaves: [2.5] },
    { about: "a negative number is multiplied and rounded", of: of(-3, 0.1), leaves: [Math.fround(-3 * Math.fround(0.1))], not: [0xbe999999n, 0xbe99999bn] },
    { about: "a product overflows", of: of(-3e38, 2), leaves: [-Infinity] },
    { about: "a product underflows", of: of(-(2 ** -149), 0.5), leaves: [0] },
    { about: "−0", of: of(-0, Infinity), leaves: [0] },
    { about: "NaN", of: of(NaN, 0.1), leaves: [NaN] },
    { about: "∞", of: of(Infinity, 0), leaves: [Infinity] },
    { about: "−∞ by 0", of: of(-Infinity, 0), leaves: [NaN] },
    { about: "a negative factor", of: of(-2, -1), leaves: [2] },
  ],
};
