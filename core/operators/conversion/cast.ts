import { DTypeUnsupported, fromInt, isInteger, isLeftOpen, range, toInt } from "../../math/element.ts";
import { infinityOf, isFiniteIn, isFloat, isNaNIn, orderOf, partsOf, roundTo, sameNumber, type Parts } from "../../math/floatFormat.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { toDType } from "../../onnx/tensor.ts";
import { Opcode, Rule, ruleName } from "../../program/types.ts";
import { broadcastOffset } from "../../tensor/broadcast.ts";
import { DType } from "../../tensor/dtype.ts";
import { unravel } from "../../tensor/shape.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { defineOperator, oneElement, whole } from "../descriptor.ts";
import { input } from "../operands.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { anyType, checkOutput, maxInputs, required } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";

function read(node: GraphNode): Mapped {
  maxInputs(node, 1);
  const x = required(node, 0);
  toDType(node.attributes.int("to", 0));
  // They say what becomes of numbers in floating-point types of eight bits, of which the program has none.
  node.attributes.ignore("saturate", "round_mode");
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  return elementwise(Opcode.Cast, Rule.equal, [x]);
}

function ofInteger(to: DType, value: bigint): bigint {
  if (to === DType.bool) return value === 0n ? 0n : 1n;
  if (!isFloat(to)) return fromInt(to, value);
  return rounded(to, { negative: value < 0n, mantissa: value < 0n ? -value : value, exponent: 0 });
}

/** The nearest number. A float16 is made of a float32. */
function rounded(to: DType, parts: Parts): bigint {
  if (to !== DType.float16) return roundTo(to, parts);
  const single = roundTo(DType.float32, parts);
  return isFiniteIn(DType.float32, single) ? roundTo(to, partsOf(DType.float32, single)) : infinityOf(to, parts.negative);
}

function ofFloat(from: DType, to: DType, bits: bigint, claimed: bigint): boolean {
  if (to === DType.bool) return claimed === (sameNumber(from, bits, 0n) ? 0n : 1n);
  if (!isFiniteIn(from, bits)) {
    if (!isFloat(to)) return isLeftOpen(to, 0n, claimed);
    if (isNaNIn(from, bits)) return isNaNIn(to, claimed);
    return claimed === infinityOf(to, orderOf(from, bits) < 0n);
  }
  const parts = partsOf(from, bits);
  if (isFloat(to)) return sameNumber(to, claimed, rounded(to, parts));
  // The fraction is cut off.
  const magnitude = parts.exponent < 0 ? parts.mantissa >> BigInt(-parts.exponent) : parts.mantissa << BigInt(parts.exponent);
  const value = parts.negative ? -magnitude : magnitude;
  const [least, greatest] = range(to);
  if (value >= least && value <= greatest) return claimed === fromInt(to, value);
  return isLeftOpen(to, magnitude >> 64n === 0n ? value : 0n, claimed);
}

/** Twin of contracts/ops/Cast.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  if (node.rule !== Rule.equal) throw new RangeError(`rule ${ruleName(node.rule)} is none of a Cast`);
  const reader = input(x, 0);
  const [from, to] = [reader.tensor.dtype, node.output.dtype];
  const bits = reader.bits(broadcastOffset(unravel(element, node.output.dims), reader.tensor));
  if (isFloat(from)) return ofFloat(from, to, bits, claimed);
  if (from === DType.bool) return claimed === ofInteger(to, bits === 0n ? 0n : 1n);
  if (!isInteger(from)) throw new DTypeUnsupported(from);
  return claimed === ofInteger(to, toInt(from, bits));
};

export const cast = defineOperator({
  name: "Cast",
  opcode: 0x0b01,
  formula: "y = x in the output's format: rounded to nearest, ties to even, towards zero to an integer",
  library: "Cast",
  onnx: { Cast: { since: 6, shapedBy: "shapes", refused: ["types of strings, of 4 and of 8 bits, and bfloat16"], read } },
  inputs: ["X"],
  attributes: NO_ATTRIBUTES,
  types: anyType,
  rules: [Rule.equal],
  slope: "steps",
  ...whole(admissible, oneElement),
});
