import { exp as kernel } from "../../math/kernels.ts";
import { Opcode } from "../../program/types.ts";
import { defineOperator } from "../descriptor.ts";
import { slopeOfUnary } from "../elementwise/elementFunction.ts";
import { kernelFunction, plain, readKernel } from "./kernelFunction.ts";

export const exp = defineOperator({
  name: "Exp",
  opcode: 0x0801,
  formula: "y = eˣ, by onnxruntime's polynomial",
  onnx: { Exp: { since: 1, shapedBy: "shapes", refused: [], read: readKernel(Opcode.Exp) } },
  ...kernelFunction(plain(kernel), { function: 3_000 }),
  slope: slopeOfUnary((_, y) => y),
});
