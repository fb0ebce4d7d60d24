import type { DType } from "../../core/tensor/dtype.ts";
import type { NodeInput } from "../support/ort.ts";
import type { OnnxCase } from "../support/opCase.ts";
import type { Random } from "../support/random.ts";
import type { OperatorCases } from "./support/cases.ts";
import { dims, octets } from "./support/draw.ts";
import { caseOf } from "./support/onnx.ts";
import { drawAny } from "./reshape.ts";

const of = (x: NodeInput, perm: readonly number[], random?: Random): OnnxCase =>
  caseOf({ op: "Transpose", attributes: { perm: { ints: perm } }, inputs: [x], output: { dtype: x.dtype as DType, dims: perm.map((axis) => x.dims[axis]) } }, random);

export const transpose: OperatorCases = {
  keepsSigns: true,
  random(random) {
    const from = dims(random, 1, 5);
    return of(drawAny(random, from), random.shuffle(from.map((_, axis) => axis)), random);
  },
  special: [{ about: "row 1, column 0 is row 0, column 1", of: of(octets(2, [2, 3], [0, 1, 2, 3, 4, 5]), [1, 0]), element: 2, leaves: [1] }],
};
