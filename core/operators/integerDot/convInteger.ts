import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { CONVOLUTION } from "../convolution.ts";
import { defineOperator } from "../descriptor.ts";
import { readConvolution, REFUSED_WINDOWS } from "../reading/convolutions.ts";
import type { Mapped } from "../reading/mapped.ts";
import { bytes, maxInputs, optional, required, together, typed } from "../reading/requirements.ts";
import { oneZero } from "../reading/scales.ts";
import { mapReading } from "../reading/windows.ts";
import { checkSaturation, REFUSED_SATURATION } from "./overflow.ts";
import { convolutionTwin } from "./qLinearConv.ts";

function read(node: GraphNode): Mapped {
  maxInputs(node, 4);
  const [x, w] = [0, 1].map((i) => typed(required(node, i), ...bytes));
  const [xZero, wZero] = [optional(node, 2), optional(node, 3)];
  typed(node.output, DType.int32);
  const c = readConvolution(node, x, w, undefined);
  oneZero(xZero, x.dtype);
  oneZero(wZero, w.dtype);
  checkSaturation(x, w);
  return {
    opcode: Opcode.ConvInteger,
    attributes: CONVOLUTION.encode(c),
    inputs: [x, w, xZero, wZero],
    rules: [Rule.equal],
    reads: [
      mapReading(x, w.dims[1], c.window.kernel),
      { perm: together(w.dims.length, [1]), elements: sizeOf(w.dims.slice(1)) },
      undefined,
      undefined,
    ],
  };
}

export const convInteger = defineOperator({
  name: "ConvInteger",
  opcode: 0x0204,
  formula: "y = Σ (x − zero point of x) · (w − zero point of w)",
  library: "QLinearConv",
  onnx: {
    ConvInteger: {
      since: 10,
      shapedBy: "shapes",
      refused: [...REFUSED_WINDOWS, REFUSED_SATURATION, "zero points of the weights that differ between filters"],
      read,
    },
  },
  inputs: ["x", "w", "x_zero?", "w_zero?"],
  attributes: CONVOLUTION,
  types: [DType.int32],
  rules: [Rule.equal],
  ...convolutionTwin(1),
  slope: "steps",
});
