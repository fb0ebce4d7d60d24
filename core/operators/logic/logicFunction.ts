import { Rule, ruleName, type Node } from "../../program/types.ts";
import { broadcastOffset } from "../../tensor/broadcast.ts";
import { unravel } from "../../tensor/shape.ts";
import type { DType } from "../../tensor/dtype.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { oneElement, whole } from "../descriptor.ts";
import { input } from "../operands.ts";
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
  return { library: "LogicFunction", attributes: NO_ATTRIBUTES, rules: [Rule.equal], slope: "steps", ...whole(admissible, oneElement) } as const;
}
