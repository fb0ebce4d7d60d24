import { refuse } from "../../faults.ts";
import { bitsOf, floatOf } from "../../math/float32.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { floatBits, rowAttributes } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { checkOutput, float, maxInputs, optional, required, typed, valuesOf } from "../reading/requirements.ts";
import { elementFunction, equals, slopeOfUnary, UNARY } from "./elementFunction.ts";
import { extremeBits } from "./extremum.ts";

const ATTRIBUTES = rowAttributes({ low: floatBits, high: floatBits });
/** What there is without a bound: infinities become these. */
const LARGEST = floatOf(0x7f7fffff);

/** A bound: an attribute before opset 11, an input since then. */
function boundOf(node: GraphNode, name: "min" | "max", place: number, absent: number): number {
  if (node.opset < 11) return node.attributes.float(name, absent);
  const value = optional(node, place);
  if (value === undefined) return absent;
  if (sizeOf(typed(value, float).dims) !== 1) refuse(`its ${name} "${value.name}" has ${sizeOf(value.dims)} values; one is needed`);
  return valuesOf(value, `its ${name}`)[0];
}

function read(node: GraphNode): Mapped {
  maxInputs(node, node.opset < 11 ? 1 : 3);
  const x = typed(required(node, 0), float);
  const [low, high] = [boundOf(node, "min", 1, -LARGEST), boundOf(node, "max", 2, LARGEST)];
  if (Number.isNaN(low) || Number.isNaN(high)) refuse("a bound is NaN");
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  return { ...elementwise(Opcode.Clip, Rule.equal, [x]), attributes: ATTRIBUTES.encode({ low: bitsOf(low), high: bitsOf(high) }) };
}

const [greater, smaller] = [extremeBits(Math.max), extremeBits(Math.min)];

export const clip = defineOperator({
  name: "Clip",
  opcode: 0x0564,
  formula: "y = min(max(x, low), high)",
  onnx: { Clip: { since: 6, shapedBy: "shapes", refused: ["bounds that are computed or NaN"], read } },
  ...UNARY,
  types: [float],
  ...elementFunction(1, equals((a, _, [low, high]) => smaller(greater(a, low), high))),
  attributes: ATTRIBUTES,
  slope: slopeOfUnary((x, y) => (x === y ? 1 : 0)),
});
