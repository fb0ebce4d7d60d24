import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import { Rule, ruleName, type Node, type Opcode } from "../../program/types.ts";
import { broadcastOffset } from "../../tensor/broadcast.ts";
import { unravel } from "../../tensor/shape.ts";
import type { DType } from "../../tensor/dtype.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { oneElement, whole } from "../descriptor.ts";
import { input } from "../operands.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { broadcast, checkOutput, maxInputs, required, typed } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";

/** Whether the result may have the claimed bits, given the type of the first operand, the bits of all, and the row. */
export type Admits = (claimed: bigint, dtype: DType, operands: readonly bigint[], node: Node) => boolean;

/** What the descriptors of all these functions have in common. Twin of contracts/ops/LogicFunction.sol. */
export function logicFunction(arity: 1 | 2 | 3, admits: Admits) {
  const admissible: OpTwin = (node, element, claimed, x) => {
    if (node.rule !== Rule.equal) throw new RangeError(`rule ${ruleName(node.rule)} is none of a function of bits`);
    if (x.length !== arity) throw new RangeError(`${x.length} operands of a function of ${arity}`);
    const coords = unravel(element, node.output.dims);
    const readers = x.map((_, i) => input(x, i));
    return admits(claimed, readers[0].tensor.dtype, readers.map((reader) => reader.bits(broadcastOffset(coords, reader.tensor))), node);
  };
  const inputs: readonly string[] = [["X"], ["A", "B"], ["condition", "A", "B"]][arity - 1];
  return { library: "LogicFunction", inputs, attributes: NO_ATTRIBUTES, rules: [Rule.equal], slope: "steps", ...whole(admissible, oneElement) } as const;
}

/** The operands of a node, all of one of these types, and the row that they make: broadcast against each other, in their order. */
export function readOperands(node: GraphNode, opcode: Opcode, count: 1 | 2, types: readonly DType[], attributes: readonly number[] = []): Mapped {
  maxInputs(node, count);
  const first = typed(required(node, 0), ...types);
  const operands: readonly Value[] = count === 1 ? [first] : [first, typed(required(node, 1), first.dtype)];
  node.attributes.refuseOthers();
  checkOutput(node, operands.map(({ dims }) => dims).reduce(broadcast));
  return { ...elementwise(opcode, Rule.equal, operands), attributes };
}
