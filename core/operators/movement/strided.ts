import { same } from "../../math/element.ts";
import { Rule } from "../../program/types.ts";
import { elementBits } from "../../tensor/reader.ts";
import { sourceOf, type View } from "../../tensor/view.ts";
import { defineOperator, oneElement, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import { anyType } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";
import { DEPTH } from "./depth.ts";
import { ORDER } from "./order.ts";
import { REPETITIONS } from "./repetitions.ts";
import { RESHAPES } from "./reshapes.ts";
import { RESIZES } from "./resizes.ts";
import { SLICE } from "./slice.ts";
import { TRANSPOSE } from "./transpose.ts";

/** Row-major index in the input of an element of the output. */
const source = (order: View | undefined, element: number): number => (order === undefined ? element : sourceOf(order, element));

/** Twin of contracts/ops/Strided.sol. */
const admissible: OpTwin = (node, element, claimed, x) =>
  same(node.output.dtype, claimed, elementBits(input(x, 0), source(ORDER.of(node).order, element)));

const back: Slope = ({ mapped }, outer, into) => {
  const x = into(0);
  const { order } = ORDER.of(mapped);
  if (x) outer.forEach((g, i) => (x[source(order, i)] += g));
};

export const strided = defineOperator({
  name: "Strided",
  opcode: 0x0301,
  formula: "y[c] = x[offset + Σ cᵢ·strideᵢ]",
  library: "Strided",
  onnx: { ...RESHAPES, ...TRANSPOSE, ...SLICE, ...REPETITIONS, ...DEPTH, ...RESIZES },
  remark: "ReduceMean and ReduceMax over no axes",
  inputs: ["data"],
  attributes: ORDER,
  types: anyType,
  rules: [Rule.equal],
  ...whole(admissible, oneElement),
  slope: { follows: "all", back },
});
