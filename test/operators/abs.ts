import { DType } from "../../core/tensor/dtype.ts";
import type { OperatorCases } from "./support/cases.ts";
import { INTEGERS, numbers } from "./support/draw.ts";
import { unary } from "./support/elementwise.ts";
import { caseOf } from "./support/onnx.ts";

const of = (x: number) => caseOf({ op: "Abs", inputs: [numbers([1], [x])], output: { dtype: DType.float32, dims: [1] } });

export const abs: OperatorCases = {
  ...unary("Abs", [DType.float32, DType.float64, ...INTEGERS]),
  special: [-0, 2 ** -149, -(2 ** -149), -1.5, -Infinity, NaN].map((x) => ({ about: String(x), of: of(x), leaves: [Math.abs(x)], not: x < 0 ? [x] : [] })),
};
