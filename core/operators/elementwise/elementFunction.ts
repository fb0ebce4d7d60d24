import { DTypeUnsupported, fromInt, isInteger, toInt } from "../../math/element.ts";
import { doubleBits, doubleOf, sameFloatBits } from "../../math/float32.ts";
import { sameNumber } from "../../math/floatFormat.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule, ruleName } from "../../program/types.ts";
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

/** Set in an opcode where a result of floating point numbers is one of a few numbers and not rounded. */
const EXACT = 0x20;

/** Whether a float32 result may have the claimed bits, given those of the operands and of the row's attributes. */
export type AdmitsFloat = (claimed: number, a: number, b: number, parameters: readonly number[]) => boolean;

/** The float64 result, given the operands as numbers. */
export type OfDoubles = (a: number, b: number) => number;

/** The integer result, of which the type keeps what it has room for. */
export type OfIntegers = (a: bigint, b: bigint) => bigint;

/** One result, correctly rounded or exact. */
export const equals =
  (f: (a: number, b: number, parameters: readonly number[]) => number): AdmitsFloat =>
  (claimed, a, b, parameters) =>
    sameFloatBits(claimed, f(a, b, parameters));

/** What the descriptors of all functions of one element of every operand have in common. Twin of contracts/ops/ElementFunction.sol. */
export function elementFunction(arity: 1 | 2, float: AdmitsFloat, { integer, double }: { readonly integer?: OfIntegers; readonly double?: OfDoubles } = {}) {
  const admissible: OpTwin = (node, element, claimed, x) => {
    const { dtype, dims } = node.output;
    const rule = (dtype === DType.float32 || dtype === DType.float64) && (node.opcode & EXACT) === 0 ? Rule.rounded : Rule.equal;
    if (node.rule !== rule) throw new RangeError(`rule ${ruleName(node.rule)} is none of a function of elements of type ${dtype}`);
    if (x.length !== arity) throw new RangeError(`${x.length} operands of a function of ${arity}`);
    const coords = unravel(element, dims);
    const [a, b = 0n] = x.map((_, i) => input(x, i)).map((reader) => reader.bits(broadcastOffset(coords, reader.tensor)));
    if (dtype === DType.float32) return float(Number(claimed), Number(a), Number(b), node.attributes.map((bits) => bits >>> 0));
    if (dtype === DType.float64 && double !== undefined) return admitsDouble(claimed, double(doubleOf(a), doubleOf(b)), node.opcode === Opcode.Div && doubleOf(b) === 0);
    if (integer === undefined || !isInteger(dtype)) throw new DTypeUnsupported(dtype);
    return claimed === fromInt(dtype, integer(toInt(dtype, a), toInt(dtype, b)));
  };
  return { library: "ElementFunction", attributes: NO_ATTRIBUTES, ...whole(admissible, oneElement) } as const;
}

/** @param isUnsigned whether the sign of the result is left open */
function admitsDouble(claimed: bigint, result: number, isUnsigned: boolean): boolean {
  const bits = doubleBits(result);
  const sign = isUnsigned ? 1n << 63n : 0n;
  return sameNumber(DType.float64, claimed & ~sign, bits & ~sign);
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
