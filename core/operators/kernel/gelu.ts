import { refuse } from "../../faults.ts";
import { erf, gelu as exact, geluTanh } from "../../math/kernels.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode } from "../../program/types.ts";
import { flag, rowAttributes } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import { slopeOfUnary } from "../elementwise/elementFunction.ts";
import type { Mapped } from "../reading/mapped.ts";
import { kernelFunction, plain, readKernel } from "./kernelFunction.ts";

const ATTRIBUTES = rowAttributes({ tanh: flag });

function read(node: GraphNode): Mapped {
  const approximate = node.attributes.text("approximate", "none");
  if (approximate !== "none" && approximate !== "tanh") refuse(`approximate "${approximate}" is neither "none" nor "tanh"`);
  return { ...readKernel(Opcode.Gelu)(node), attributes: ATTRIBUTES.encode({ tanh: approximate === "tanh" }) };
}

/** The derivative of x·Φ(x), which that of the approximation resembles to some thousandths. */
const derivative = (x: number): number => (erf(x / Math.SQRT2, []) + 1) / 2 + (x * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);

export const gelu = defineOperator({
  name: "Gelu",
  opcode: 0x0805,
  formula: "y = x/2 · (1 + erf(x/√2)), by onnxruntime's sequence",
  onnx: { Gelu: { since: 20, shapedBy: "shapes", refused: [], read } },
  ...kernelFunction((attributes) => plain(ATTRIBUTES.of({ attributes }).tanh ? geluTanh : exact)(attributes), { function: 14_000 }),
  attributes: ATTRIBUTES,
  slope: slopeOfUnary(derivative),
});
