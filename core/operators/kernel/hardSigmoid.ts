import { bitsOf, floatOf } from "../../math/float32.ts";
import { hardSigmoid as kernel } from "../../math/kernels.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode } from "../../program/types.ts";
import { floatBits, rowAttributes } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import { slopeOfUnary } from "../elementwise/elementFunction.ts";
import type { Mapped } from "../reading/mapped.ts";
import { kernelFunction, parametric, readKernel } from "./kernelFunction.ts";

const ATTRIBUTES = rowAttributes({ alpha: floatBits, beta: floatBits });

function read(node: GraphNode): Mapped {
  const [alpha, beta] = [node.attributes.float("alpha", 0.2), node.attributes.float("beta", 0.5)].map(bitsOf);
  return { ...readKernel(Opcode.HardSigmoid)(node), attributes: ATTRIBUTES.encode({ alpha, beta }) };
}

export const hardSigmoid = defineOperator({
  name: "HardSigmoid",
  opcode: 0x0807,
  formula: "y = max(0, min(1, alpha·x + beta))",
  onnx: { HardSigmoid: { since: 1, shapedBy: "shapes", refused: [], read } },
  ...kernelFunction(parametric(kernel), { function: 3_500 }),
  attributes: ATTRIBUTES,
  slope: slopeOfUnary((_, y, [alpha]) => (y > 0 && y < 1 ? floatOf(alpha) : 0)),
});
