import { refuse } from "../../faults.ts";
import { describe, type GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { compact, type View } from "../../tensor/view.ts";
import { rowAttributes, type Field } from "../attributes.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { checkOutput, required } from "../reading/requirements.ts";

/** The order in which the input's elements are taken, in a row: nothing where it stays. */
const view: Field<View | undefined> = {
  labels: () => ["dims…", "strides…", "offset (none where the order stays)"],
  takesRest: true,
  encode: (order) => (order === undefined ? [] : [...order.dims, ...order.strides, order.offset]),
  decode(numbers) {
    if (numbers.length === 0) return undefined;
    if (numbers.length % 2 === 0) throw new RangeError(`${numbers.length} attributes are no order: it has as many dimensions as strides, and an offset`);
    const axes = (numbers.length - 1) / 2;
    return { dims: numbers.slice(0, axes), strides: numbers.slice(axes, -1), offset: numbers[2 * axes] };
  },
};

export const ORDER = rowAttributes({ order: view });

/** Whether a compact view is a tensor of that size in its own order. */
const isAll = ({ dims, strides, offset }: View, size: number): boolean =>
  offset === 0 && sizeOf(dims) === size && (dims.length === 0 || (dims.length === 1 && strides[0] === 1));

/** The elements of the node's first input in the order of a view of it, whose shape its output must have. */
export function moved(node: GraphNode, taken: View): Mapped {
  checkOutput(node, taken.dims);
  return inOrder(node, taken);
}

/** The same where an axis of the output is made of several of the view. */
export function inOrder(node: GraphNode, taken: View): Mapped {
  const x = required(node, 0);
  if (node.output.dtype !== x.dtype || sizeOf(node.output.dims) !== sizeOf(taken.dims)) {
    refuse(`its output ${describe(node.output)} does not hold ${sizeOf(taken.dims)} elements of ${describe(x)}`);
  }
  const order = compact(taken);
  const attributes = ORDER.encode({ order: isAll(order, sizeOf(x.dims)) ? undefined : order });
  if (attributes.some((number) => Math.abs(number) >= 2 ** 31)) refuse(`its input ${describe(x)} is too large: steps of 2³¹ elements and more have no room in a row`);
  return { ...elementwise(Opcode.Strided, Rule.equal, [x]), attributes };
}
