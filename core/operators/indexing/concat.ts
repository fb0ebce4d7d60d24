import { refuse } from "../../faults.ts";
import { describe, type GraphNode } from "../../onnx/graphNode.ts";
import { same } from "../../math/element.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { elementBits } from "../../tensor/reader.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { integer, rowAttributes } from "../attributes.ts";
import { defineOperator, oneElement, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { anyType, axisOf, checkOutput, required, sameDims } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";

const AXIS = rowAttributes({ axis: integer });

/** Gas of a part that is passed by, at most. */
const PART_GAS = 600;

interface Part {
  readonly dims: readonly number[];
}

/** Which part an element of the result comes from, and its row-major index in that part. */
function originOf(parts: readonly Part[], axis: number, element: number): { part: number; index: number } {
  const runs = parts.map(({ dims }) => sizeOf(dims.slice(axis)));
  const run = runs.reduce((sum, length) => sum + length, 0);
  const outer = Math.floor(element / run);
  let rest = element % run;
  let part = 0;
  while (rest >= runs[part]) rest -= runs[part++];
  return { part, index: outer * runs[part] + rest };
}

/** Twin of contracts/ops/Concat.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const { part, index } = originOf(node.inputs.map((_, i) => input(x, i).tensor), AXIS.of(node).axis, element);
  return same(node.output.dtype, claimed, elementBits(input(x, part), index));
};

const back: Slope = ({ mapped }, outer, into) => {
  const { axis } = AXIS.of(mapped);
  const parts = mapped.inputs.map((value) => value!);
  const gradients = parts.map((_, i) => into(i));
  outer.forEach((g, i) => {
    const { part, index } = originOf(parts, axis, i);
    const gradient = gradients[part];
    if (gradient) gradient[index] += g;
  });
};

function read(node: GraphNode): Mapped {
  const parts = node.inputs.map((_, i) => required(node, i));
  const [first] = parts;
  if (first === undefined || first.dims.length === 0) refuse("it joins no tensors that have axes");
  const given = node.attributes.int("axis", 1);
  node.attributes.refuseOthers();
  const axis = axisOf(given, first.dims.length);
  const others = (dims: readonly number[]): number[] => dims.filter((_, i) => i !== axis);
  const odd = parts.find(({ dims, dtype }) => dtype !== node.output.dtype || dims.length !== first.dims.length || !sameDims(others(dims), others(first.dims)));
  if (odd !== undefined) refuse(`its inputs ${describe(first)} and ${describe(odd)} cannot be joined along axis ${axis}`);
  checkOutput(node, first.dims.map((dim, i) => (i === axis ? parts.reduce((sum, { dims }) => sum + dims[axis], 0) : dim)));
  return { ...elementwise(Opcode.Concat, Rule.equal, parts), attributes: AXIS.encode({ axis }) };
}

export const concat = defineOperator({
  name: "Concat",
  opcode: 0x0c02,
  formula: "y[c] = the input in whose part of the axis c lies, at its place there",
  library: "Concat",
  onnx: { Concat: { since: 1, shapedBy: "shapes", refused: [], read } },
  inputs: ["part…"],
  attributes: AXIS,
  types: anyType,
  rules: [Rule.equal],
  ...whole(admissible, (node) => ({ ...oneElement(node), work: { gas: PART_GAS * node.inputs.length } })),
  slope: { follows: "all", back },
});
