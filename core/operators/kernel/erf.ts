import { erf as kernel } from "../../math/kernels.ts";
import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { slopeOfUnary } from "../elementwise/elementFunction.ts";
import { kernelFunction, plain, readKernel } from "./kernelFunction.ts";

export const erf = defineOperator({
  name: "Erf",
  opcode: 0x0804,
  formula: "y = erf x, by onnxruntime's polynomials",
  onnx: { Erf: { since: 9, shapedBy: "shapes", refused: [], read: readKernel(Opcode.Erf) } },
  ...kernelFunction(plain(kernel), { function: 6_000 }),
  slope: slopeOfUnary((x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)),
});
