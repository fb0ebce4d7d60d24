import { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { anything, numbers, words } from "./support/draw.ts";
import { broadcast, shapes } from "./support/elementwise.ts";
import { bools, few, numbersOf, ofBits } from "./support/logic.ts";
import { caseOf } from "./support/onnx.ts";

/** Types that the runtime chooses among. */
const TYPES = [DType.float32, DType.float64, DType.float16, DType.uint8, DType.int32, DType.int64];

const chosen = (condition: NodeInput, a: NodeInput, b: NodeInput, random?: Random): OnnxCase =>
  caseOf({ op: "Where", opset: 20, inputs: [condition, a, b], output: { dtype: a.dtype as DType, dims: [condition, a, b].map(({ dims }) => dims).reduce(broadcast) } }, random);

export const where: OperatorCases = {
  keepsSigns: true,
  random(random) {
    const dtype = random.pick([...TYPES, ...TYPES.map(() => DType.float32)]);
    const [first, second] = shapes(random);
    const [a, b] = [first, second].map((shape) => numbersOf(dtype, shape, random));
    return chosen(anything(DType.bool, random.pick([first, second, []]), random), a, b, random);
  },
  every: TYPES.map((dtype) => chosen({ ...bools(0, 1), dims: [2, 1] }, ofBits(dtype, [few(dtype).length], few(dtype)), ofBits(dtype, [few(dtype).length], few(dtype).toReversed()))),
  special: [
    { about: "true", of: chosen(bools(1), numbers([1], [5]), numbers([1], [7])), leaves: [5] },
    { about: "false", of: chosen(bools(0), numbers([1], [5]), numbers([1], [7])), leaves: [7] },
    { about: "a NaN that is not chosen", of: chosen(bools(0), numbers([1], [NaN]), numbers([1], [7])), leaves: [7] },
    { about: "a zero has no sign, a NaN no payload", of: chosen(bools(1), words([1], [0xffc00001]), numbers([1], [7])), leaves: [NaN] },
  ],
};
