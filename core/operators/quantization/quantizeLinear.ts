import { refuse } from "../../faults.ts";
import { DTypeUnsupported, fromInt, isEnd, range } from "../../math/element.ts";
import { floatOf, isZeroBits } from "../../math/float32.ts";
import { div } from "../../math/roundedArithmetic.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { commitStrides, offsetOf, unravel } from "../../tensor/shape.ts";
import { DType } from "../../tensor/dtype.ts";
import { defineOperator, oneElement, whole } from "../descriptor.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { bytes, checkOutput, float, maxInputs, optional, required, typed } from "../reading/requirements.ts";
import type { OpTwin } from "../twin.ts";
import { perAxis, SCALING } from "./perAxis.ts";
import { readQuantisation, REFUSED_SCALES } from "./scaling.ts";

function read(node: GraphNode): Mapped {
  maxInputs(node, 3);
  const x = typed(required(node, 0), float);
  const scale = required(node, 1);
  const zero = optional(node, 2);
  const dtype = typed(node.output, ...bytes).dtype;
  const axis = readQuantisation(node, x, scale, zero, dtype);
  if (node.attributes.int("precision", 0) > 1) refuse("a precision other than float32 is not supported");
  node.attributes.ignore("saturate", "output_dtype");
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  return {
    opcode: Opcode.QuantizeLinear,
    attributes: SCALING.encode({ axis }),
    inputs: [x, scale, zero],
    rules: [Rule.equal],
    reads: [undefined, undefined, undefined],
  };
}

/** Twin of contracts/ops/QuantizeLinear.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const { dtype, dims } = node.output;
  if (dtype !== DType.uint8 && dtype !== DType.int8) throw new DTypeUnsupported(dtype);
  const data = input(x, 0);
  const coords = unravel(element, dims);
  const bits = data.u32(offsetOf(coords, commitStrides(data.tensor.dims, data.tensor.perm)));
  const { scale, zero } = perAxis(node, coords, dtype, x);
  const quotient = floatOf(div(bits, scale));
  // INVARIANT: a NaN converts to the least or the greatest integer, or to 0, which depends on the processor.
  if (Number.isNaN(quotient)) return isEnd(dtype, claimed) || claimed === fromInt(dtype, zero);
  // INVARIANT: a scale of zero has lost its sign when it was committed, and the infinite quotient with it.
  if (isZeroBits(scale)) return isEnd(dtype, claimed);
  const [least, greatest] = range(dtype);
  let y = roundHalfEven(quotient) + zero;
  if (y < least) y = least;
  if (y > greatest) y = greatest;
  return claimed === fromInt(dtype, y);
};

/** The integer nearest to a number, ties to even. Beyond ±2^23 it only has to saturate: ±2^24 does. */
function roundHalfEven(value: number): bigint {
  if (Math.abs(value) >= 2 ** 23) return BigInt(Math.sign(value) * 2 ** 24);
  // In binary64 the sum with 1.5 · 2^52 keeps no fraction and rounds half to even.
  const magic = 1.5 * 2 ** 52;
  return BigInt(value + magic - magic);
}

export const quantizeLinear = defineOperator({
  name: "QuantizeLinear",
  opcode: 0x0401,
  formula: "y = saturate(round(x / scale) + zero point), ties to even",
  library: "QuantizeLinear",
  onnx: { QuantizeLinear: { since: 10, shapedBy: "shapes", refused: [...REFUSED_SCALES, "a precision other than float32"], read } },
  inputs: ["x", "scale", "zero?"],
  attributes: SCALING,
  divides: true,
  types: bytes,
  rules: [Rule.equal],
  ...whole(admissible, oneElement),
  slope: "steps",
});
