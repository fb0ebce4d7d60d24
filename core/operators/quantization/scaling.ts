import { refuse } from "../../faults.ts";
import { describe, type GraphNode, type Value } from "../../onnx/graphNode.ts";
import type { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { axisOf, sameDims, shapeOf } from "../reading/requirements.ts";
import { checkZero, scaleOf } from "../reading/scales.ts";

/** Scale and zero point of a QuantizeLinear or DequantizeLinear: for the tensor, or along one axis. Returns the axis. */
export function readQuantisation(node: GraphNode, x: Value, scale: Value, zero: Value | undefined, quantised: DType): number {
  const axis = node.attributes.int("axis", 1);
  if (node.attributes.int("block_size", 0) !== 0) refuse("quantisation in blocks is not supported");
  scaleOf(scale);
  const count = sizeOf(scale.dims);
  if (zero !== undefined) {
    checkZero(zero, quantised);
    // Of a whole tensor the runtime's quantiser gives biases a scale of shape [1] and a zero point without axes.
    const areBothOne = count === 1 && sizeOf(zero.dims) === 1;
    if (!areBothOne && !sameDims(zero.dims, scale.dims)) refuse(`the zero point has the shape ${shapeOf(zero.dims)}, the scale ${shapeOf(scale.dims)}`);
  }
  if (scale.dims.length > 1) refuse(`the scale "${scale.name}" has rank ${scale.dims.length}; one value or one per channel are supported`);
  // A scale of shape [1] stands for the whole tensor, wherever the axis points.
  if (count === 1) return 0;
  const at = axisOf(axis, x.dims.length);
  if (x.dims[at] !== count) refuse(`${count} scales for axis ${at} of ${describe(x)}`);
  return at;
}

/** What that refuses, in plain words. */
export const REFUSED_SCALES: readonly string[] = [
  "quantisation in blocks",
  "scales of more than one axis",
  "scales that are not positive and finite",
];
