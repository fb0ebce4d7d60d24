import { DTypeUnsupported, fromInt, isInteger, toInt } from "../../math/element.ts";
import { sameFloatBits } from "../../math/float32.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Rule, ruleName, type Opcode } from "../../program/types.ts";
import { broadcastOffset } from "../../tensor/broadcast.ts";
import { DType } from "../../tensor/dtype.ts";
import { unravel } from "../../tensor/shape.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { oneElement, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { checkOutput, maxInputs, required, typed } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";

/** Set in an opcode where a float32 result is one of a few numbers and not rounded. */
const EXACT = 0x20;

/** Whether a float32 result may have the claimed bits, given those of the operands and of the row's attributes. */
export type AdmitsFloat = (claimed: number, a: number, b: number, parameters: readonly number[]) => boolean;

/** The integer result, of which the type keeps what it has room for. */
export type OfIntegers = (a: bigint, b: bigint) => bigint;

/** One result, correctly rounded or exact. */
export const equals =
  (f: (a: number, b: number, parameters: readonly number[]) => number): AdmitsFloat =>
  (claimed, a, b, parameters) =>
    sameFloatBits(claimed, f(a, b, parameters));

/** What the descriptors of all functions of one element of every operand have in common. Twin of contracts/ops/ElementFunction.sol. */
export function elementFunction(arity: 1 | 2, float: AdmitsFloat, integer?: OfIntegers) {
  const admissible: OpTwin = (node, element, claimed, x) => {
    const { dtype, dims } = node.output;
    const rule = dtype === DType.float32 && (node.opcode & EXACT) === 0 ? Rule.rounded : Rule.equal;
    if (node.rule !== rule) throw new RangeError(`rule ${ruleName(node.rule)} is none of a function of elements of type ${dtype}`);
    if (x.length !== arity) throw new RangeError(`${x.length} operands of a function of ${arity}`);
    const coords = unravel(element, dims);
    const [a, b = 0n] = x.map((_, i) => input(x, i)).map((reader) => reader.bits(broadcastOffset(coords, reader.tensor)));
    if (dtype === DType.float32) return float(Number(claimed), Number(a), Number(b), node.attributes.map((bits) => bits >>> 0));
    if (integer === undefined || !isInteger(dtype)) throw new DTypeUnsupported(dtype);
    return claimed === fromInt(dtype, integer(toInt(dtype, a), toInt(dtype, b)));
  };
  return { library: "ElementFunction", attributes: NO_ATTRIBUTES, ...whole(admissible, oneElement) } as const;
}

/** A function of one operand. */
export const readUnary =
  (opcode: Opcode, rule: Rule, ...types: readonly DType[]) =>
  (node: GraphNode): Mapped => {
    maxInputs(node, 1);
    const x = typed(required(node, 0), ...types);
    node.attributes.refuseOthers();
    checkOutput(node, x.dims);
    return elementwise(opcode, rule, [x]);
  };

/** What functions of one operand have in common, as far as their float32 results are not rounded; and where they are. */
export const UNARY = { inputs: ["X"], rules: [Rule.equal] } as const;
export const ROUNDED_UNARY = { inputs: ["X"], rules: [Rule.rounded] } as const;

/** The slope of a function of one operand. @param derivative given the operand and the result */
export const slopeOfUnary = (derivative: (x: number, y: number, parameters: readonly number[]) => number): { follows: "all"; back: Slope } => ({
  follows: "all",
  back({ mapped, inputs, output }, outer, into) {
    const x = into(0);
    if (x) outer.forEach((g, i) => (x[i] += g * derivative(inputs[0]![i], output[i], mapped.attributes)));
  },
});
