import { refuse } from "../../faults.ts";
import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import { positionsOf, type Window } from "../../tensor/geometry.ts";
import { checkOutput, sameDims, shapeOf } from "./requirements.ts";
import { readWindow } from "./windows.ts";

export interface Convolution {
  readonly group: number;
  readonly window: Window;
}

/** A Conv or QLinearConv: what its attributes state, which must fit its operands. */
export function readConvolution(node: GraphNode, x: Value, w: Value, bias: Value | undefined): Convolution {
  if (w.dims.length !== x.dims.length) refuse(`its weights have rank ${w.dims.length}, its input rank ${x.dims.length}`);
  const kernel = w.dims.slice(2);
  const stated = node.attributes.ints("kernel_shape");
  if (stated !== undefined && !sameDims(stated, kernel)) {
    refuse(`kernel_shape ${shapeOf(stated)} contradicts the weights' ${shapeOf(kernel)}`);
  }
  const group = node.attributes.int("group", 1);
  const [filters, channels] = w.dims;
  if (group < 1 || x.dims[1] !== channels * group || filters % group !== 0) {
    refuse(`group ${group} does not fit ${x.dims[1]} channels and weights ${shapeOf(w.dims)}`);
  }
  if (bias !== undefined && !sameDims(bias.dims, [filters])) refuse(`its bias has the shape ${shapeOf(bias.dims)} instead of [${filters}]`);
  const window = readWindow(node, x, kernel);
  checkOutput(node, [x.dims[0], filters, ...positionsOf(window, x.dims.slice(2))]);
  node.attributes.refuseOthers();
  return { group, window };
}

/** What the readers of Conv and QLinearConv refuse alike. */
export const REFUSED_WINDOWS: readonly string[] = ["`auto_pad` SAME_UPPER and SAME_LOWER", "other than one to three spatial axes", "negative pads"];
