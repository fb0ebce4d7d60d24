import { tanh as kernel } from "../../math/kernels.ts";
import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { slopeOfUnary } from "../elementwise/elementFunction.ts";
import { kernelFunction, plain, readKernel } from "./kernelFunction.ts";

export const tanh = defineOperator({
  name: "Tanh",
  opcode: 0x0802,
  formula: "y = tanh x, by onnxruntime's rational approximation",
  onnx: { Tanh: { since: 1, shapedBy: "shapes", refused: [], read: readKernel(Opcode.Tanh) } },
  ...kernelFunction(plain(kernel), { function: 6_500 }),
  slope: slopeOfUnary((_, y) => 1 - y * y),
});
