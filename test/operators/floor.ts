import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { numbers } from "./support/draw.ts";
import { unary } from "./support/elementwise.ts";
import { caseOf } from "./support/onnx.ts";

const of = (x: number) => caseOf({ op: "Floor", inputs: [numbers([1], [x])], output: { dtype: DType.float32, dims: [1] } });

export const floor: OperatorCases = {
  ...unary("Floor", [DType.float32, DType.float64]),
  keepsSigns: true,
  special: [-0.5, -1, 1.5, -1.5, 8388607.5, -8388607.5, 8388608, -(2 ** -149), 2 ** -149, 0.99999994, Infinity, NaN].map((x) => ({ about: String(x), of: of(x), leaves: [Math.floor(x)] })),
};
