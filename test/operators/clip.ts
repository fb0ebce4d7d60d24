import { SPECIAL_BITS } from "../support/floats.ts";
import { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { dims, float, numbers, words } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";

const LARGEST = 3.4028234663852886e38;

const clipped = (x: NodeInput, low: number | undefined, high: number | undefined, random?: Random): OnnxCase => {
  const bound = (value: number | undefined): NodeInput | undefined => (value === undefined ? undefined : { ...numbers([], [value]), constant: true });
  return caseOf({ op: "Clip", inputs: [x, bound(low), bound(high)], output: { dtype: DType.float32, dims: x.dims } }, random);
};

const of = (x: number, low?: number, high?: number): OnnxCase => clipped(numbers([1], [x]), low, high);

export const clip: OperatorCases = {
  random(random) {
    const bound = (): number | undefined => random.pick([undefined, 0, 6, -1, random.normal(), Infinity, -Infinity, 2 ** -149]);
    return clipped(float(dims(random, 0, 4), random), bound(), bound(), random);
  },
  every: [clipped(words([SPECIAL_BITS.length], SPECIAL_BITS), -1, 1)],
  keepsSigns: true,
  special: [
    { about: "between the bounds", of: of(2.5, 0, 6), leaves: [2.5] },
    { about: "below", of: of(-2, 0, 6), leaves: [0] },
    { about: "above", of: of(7, 0, 6), leaves: [6] },
    { about: "bounds the wrong way round: the upper one is what comes out", of: of(3, 5, 2), leaves: [2] },
    { about: "∞ without bounds is the largest number", of: of(Infinity), leaves: [LARGEST], not: [Infinity] },
    { about: "−∞ without a lower bound is the lowest number", of: of(-Infinity, undefined, 6), leaves: [-LARGEST], not: [-Infinity] },
    { about: "∞ below a bound of ∞", of: of(Infinity, 0, Infinity), leaves: [Infinity] },
    { about: "NaN", of: of(NaN, 0, 6), leaves: [NaN] },
    { about: "−0 and a bound of 0", of: of(-0, 0, 6), leaves: [0] },
  ],
};
