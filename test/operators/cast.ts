import { DType } from "../../core/tensor/dtype.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { NodeInput } from "../support/ort.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { dims, numbers } from "./support/draw.ts";
import { edges, numbersOf, ofBits, ofOperands } from "./support/logic.ts";

const TYPES = Object.values(DType);

const as = (x: NodeInput, to: DType, random?: Random): OnnxCase => ofOperands("Cast", [x], { result: to, attributes: { to: { int: to } } }, random);

/** Every special number of every type in every type. */
const every = TYPES.flatMap((from) => TYPES.map((to) => as(ofBits(from, [edges(from).length], edges(from)), to)));

export const cast: OperatorCases = {
  random: (random) => as(numbersOf(random.pick(TYPES), dims(random, 0, 4), random), random.pick(TYPES), random),
  every,
  special: [
    { about: "2.5 is 2", of: as(numbers([1], [2.5]), DType.int8), leaves: [2] },
    { about: "−1.5 is −1", of: as(numbers([1], [-1.5]), DType.int32), leaves: [-1] },
    { about: "−0.5 is true", of: as(numbers([1], [-0.5]), DType.bool), leaves: [1] },
    { about: "−0 is false", of: as(numbers([1], [-0]), DType.bool), leaves: [0] },
    { about: "NaN is true", of: as(numbers([1], [NaN]), DType.bool), leaves: [1] },
  ],
};
