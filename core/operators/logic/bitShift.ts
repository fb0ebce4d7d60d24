import { fromInt } from "../../math/element.ts";
import { refuse } from "../../faults.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { flag, remarked, rowAttributes } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import type { Mapped } from "../reading/mapped.ts";
import { logicFunction, readOperands } from "./logicFunction.ts";

const ATTRIBUTES = rowAttributes({ right: remarked(flag, "1 to the right") });
const TYPES = [DType.uint8, DType.uint16, DType.uint32, DType.uint64] as const;

function read(node: GraphNode): Mapped {
  const direction = node.attributes.text("direction", "");
  if (direction !== "LEFT" && direction !== "RIGHT") refuse(`its direction "${direction}" is neither LEFT nor RIGHT`);
  return readOperands(node, Opcode.BitShift, 2, TYPES, ATTRIBUTES.encode({ right: direction === "RIGHT" }));
}

export const bitShift = defineOperator({
  name: "BitShift",
  opcode: 0x0a27,
  formula: "y = a·2ᵇ or ⌊a / 2ᵇ⌋; 0 from the width of the type on",
  onnx: { BitShift: { since: 11, shapedBy: "shapes", refused: [], read } },
  // Nothing is left of a number that is shifted by as many places as it has, or by more.
  ...logicFunction(2, (claimed, dtype, [a, b], node) => claimed === (ATTRIBUTES.of(node).right ? a >> b : fromInt(dtype, b < 64n ? a << b : 0n))),
  attributes: ATTRIBUTES,
  types: TYPES,
});
