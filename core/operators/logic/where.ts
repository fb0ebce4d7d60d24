import { same } from "../../math/element.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { defineOperator } from "../descriptor.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { anyType, broadcast, checkOutput, maxInputs, required, typed } from "../reading/requirements.ts";
import { logicFunction } from "./logicFunction.ts";

function read(node: GraphNode): Mapped {
  maxInputs(node, 3);
  const condition = typed(required(node, 0), DType.bool);
  const a = required(node, 1);
  const b = typed(required(node, 2), a.dtype);
  node.attributes.refuseOthers();
  checkOutput(node, [condition, a, b].map(({ dims }) => dims).reduce(broadcast));
  return elementwise(Opcode.Where, Rule.equal, [condition, a, b]);
}

export const where = defineOperator({
  name: "Where",
  opcode: 0x0a31,
  formula: "y = condition ? a : b",
  onnx: { Where: { since: 9, shapedBy: "shapes", refused: [], read } },
  ...logicFunction(3, (claimed, _, [condition, a, b], { output }) => same(output.dtype, claimed, condition !== 0n ? a : b)),
  types: anyType,
});
