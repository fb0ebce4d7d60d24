import { refuse } from "../../faults.ts";
import { DTypeUnsupported } from "../../math/element.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { commitStrides, sizeOf, unravel } from "../../tensor/shape.ts";
import { CONVOLUTION, convolutionChannels, convolutionLength, convolutionTaps, fullestElement, kernelOffsets, rectangles } from "../convolution.ts";
import { defineOperator } from "../descriptor.ts";
import { input } from "../operands.ts";
import { readConvolution, REFUSED_WINDOWS } from "../reading/convolutions.ts";
import type { Mapped } from "../reading/mapped.ts";
import { bytes, identity, maxInputs, optional, required, shapeOf, together, typed, valuesOf } from "../reading/requirements.ts";
import { checkZero, perTensor, scaleOf } from "../reading/scales.ts";
import { mapReading } from "../reading/windows.ts";
import { byteOf, integerProductTwin, zeroPoint, type Second } from "./integerProduct.ts";
import { checkAccumulator, checkRescale, checkSaturation, REFUSED_SUMS } from "./overflow.ts";

function read(node: GraphNode): Mapped {
  maxInputs(node, 9);
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero] = identity(8).map((i) => required(node, i));
  typed(x, ...bytes);
  typed(w, ...bytes);
  const bias = optional(node, 8) && typed(required(node, 8), DType.int32);
  const c = readConvolution(node, x, w, bias);
  const sx = perTensor(xScale, xZero, x.dtype);
  const sy = perTensor(yScale, yZero, typed(node.output, ...bytes).dtype);
  checkZero(wZero, w.dtype);
  for (const value of [wScale, wZero]) {
    const count = sizeOf(value.dims);
    if (value.dims.length > 1 || (count !== 1 && count !== w.dims[0])) {
      refuse(`"${value.name}" ${shapeOf(value.dims)} is neither one value nor one per filter`);
    }
  }
  if (sizeOf(wZero.dims) > 1 && new Set(valuesOf(wZero, "the weights' zero point")).size > 1) {
    refuse("its weights' zero point differs between filters");
  }
  checkSaturation(x, w);
  checkRescale(sx, scaleOf(wScale), sy);
  const elements = sizeOf(w.dims.slice(1));
  checkAccumulator(elements, bias);
  return {
    opcode: Opcode.QLinearConv,
    attributes: CONVOLUTION.encode(c),
    inputs: [x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias],
    rules: [Rule.equal],
    reads: [
      mapReading(x, w.dims[1], c.window.kernel),
      undefined,
      undefined,
      { perm: together(w.dims.length, [1]), elements },
      ...new Array<undefined>(5).fill(undefined),
    ],
  };
}

/**
 * Twin of contracts/ops/QLinearConv.sol, of which only a quantised convolution has a bias. Positions run over the kernel in row-major order, then over the channels of the
 * group: any order gives the same sum, and in this one the channels of a tap, which lie together, are read together.
 */
export const convolutionTwin = (second: Second) => integerProductTwin(second, {
  length: (node) => convolutionLength(node, second),
  fullest: (node) => fullestElement(node, second),
  sum(node, element, inputs, { from, until }) {
    const [x, w, bias] = [input(inputs, 0), input(inputs, second), inputs[8]];
    const c = unravel(element, node.output.dims);
    const channels = convolutionChannels(node, second);
    const kernel = kernelOffsets(w.tensor, c[1]);
    const strideX = commitStrides(x.tensor.dims, x.tensor.perm)[1];
    const strideW = commitStrides(w.tensor.dims, w.tensor.perm)[1];
    const [zeroX, zeroW] = [zeroPoint(inputs[2], 0), zeroPoint(inputs[second + 2], c[1])];
    let total = 0;
    let taps = 0;
    if (from === 0 && bias !== undefined) {
      if (bias.tensor.dtype !== DType.int32) throw new DTypeUnsupported(bias.tensor.dtype);
      total = bias.u32(c[1]) | 0;
    }
    for (const { line, lines, first, count } of rectangles(from, until, channels)) {
      taps += lines;
      convolutionTaps(node, x.tensor, w.tensor, c, line, lines).forEach((offset, t) => {
        const weights = kernel(line + t);
        for (let channel = first; channel < first + count; channel++) {
          // The contract copies the weights under padded taps as well, though their products are zero.
          const weight = byteOf(w, weights + channel * strideW) - zeroW;
          if (offset !== undefined) total += (byteOf(x, offset + channel * strideX) - zeroX) * weight;
        }
      });
    }
    return { total, channel: c[1], taps };
  },
});

export const qLinearConv = defineOperator({
  name: "QLinearConv",
  opcode: 0x0201,
  formula: "y = saturate(round(M · (B + Σ (x − zero point of x) · (w − zero point of w))) + zero point of y), M = scale of x · scale of w / scale of y",
  library: "QLinearConv",
  onnx: {
    QLinearConv: {
      since: 10,
      shapedBy: "shapes",
      refused: [...REFUSED_WINDOWS, ...REFUSED_SUMS, "zero points of the weights that differ between filters"],
      read,
    },
  },
  inputs: ["x", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero", "B?"],
  attributes: CONVOLUTION,
  divides: true,
  types: bytes,
  rules: [Rule.equal],
  ...convolutionTwin(3),
  slope: "steps",
});
