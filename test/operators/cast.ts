import { DType } from "../../core/tensor/dtype.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { NodeInput } from "../support/ort.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { dims, numbers } from "./support/draw.ts";
import { edges, node, numbersOf, ofBits } from "./support/logic.ts";

const TYPES = Object.values(DType);

const cast_ = (x: NodeInput, to: DType, random?: Random): OnnxCase => node("Cast", [x], { dtype: to, dims: x.dims }, { attributes: { to: { int: to } }, random });

/** Every special number of every type in every type. */
const every = TYPES.flatMap((from) => TYPES.map((to) => cast_(ofBits(from, [edges(from).length], edges(from)), to)));

export const cast: OperatorCases = {
  random: (random) => cast_(numbersOf(random.pick(TYPES), dims(random, 0, 4), random), random.pick(TYPES), random),
  every,
  special: [
    { about: "2.5 is 2", of: cast_(numbers([1], [2.5]), DType.int8), leaves: [2] },
    { about: "−1.5 is −1", of: cast_(numbers([1], [-1.5]), DType.int32), leaves: [-1] },
    { about: "−0.5 is true", of: cast_(numbers([1], [-0.5]), DType.bool), leaves: [1] },
    { about: "−0 is false", of: cast_(numbers([1], [-0]), DType.bool), leaves: [0] },
    { about: "NaN is true", of: cast_(numbers([1], [NaN]), DType.bool), leaves: [1] },
  ],
};
