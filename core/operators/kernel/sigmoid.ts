import { sigmoid as kernel } from "../../math/kernels.ts";
import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { slopeOfUnary } from "../elementwise/elementFunction.ts";
import { kernelFunction, plain, readKernel } from "./kernelFunction.ts";

export const sigmoid = defineOperator({
  name: "Sigmoid",
  opcode: 0x0803,
  formula: "y = 1 / (1 + e⁻ˣ), by onnxruntime's rational approximation",
  onnx: { Sigmoid: { since: 1, shapedBy: "shapes", refused: [], read: readKernel(Opcode.Sigmoid) } },
  ...kernelFunction(plain(kernel), { function: 7_500 }),
  slope: slopeOfUnary((_, y) => y * (1 - y)),
});
