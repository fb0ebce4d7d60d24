import { same } from "../../math/element.ts";
import { Rule } from "../../program/types.ts";
import { commitStrides, offsetOf, unravel } from "../../tensor/shape.ts";
import { sourceOf, type View } from "../../tensor/view.ts";
import { defineOperator, oneElement, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import { anyType } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";
import { DEPTH } from "./depth.ts";
import { REPETITIONS } from "./repetitions.ts";
import { RESHAPES } from "./reshapes.ts";
import { RESIZES } from "./resizes.ts";
import { SLICE } from "./slice.ts";
import { TRANSPOSE } from "./transpose.ts";
import { ORDER } from "./order.ts";

/** Row-major index in the input of an element of the output. */
const source = (order: View | undefined, element: number): number => (order === undefined ? element : sourceOf(order, element));

/** Twin of contracts/ops/Strided.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const data = input(x, 0);
  const { dims, perm } = data.tensor;
  const place = unravel(source(ORDER.of(node).order, element), dims);
  return same(node.output.dtype, claimed, data.bits(offsetOf(place, commitStrides(dims, perm))));
};

const back: Slope = ({ mapped }, outer, into) => {
  const x = into(0);
  const { order } = ORDER.of(mapped);
  if (x) outer.forEach((g, i) => (x[source(order, i)] += g));
};

export const strided = defineOperator({
  name: "Strided",
  opcode: 0x0301,
  library: "Strided",
  onnx: { ...RESHAPES, ...TRANSPOSE, ...SLICE, ...REPETITIONS, ...DEPTH, ...RESIZES },
  remark: "ReduceMean over no axes",
  inputs: ["data"],
  attributes: ORDER,
  types: anyType,
  rules: [Rule.equal],
  ...whole(admissible, oneElement),
  slope: { follows: "all", back },
});
