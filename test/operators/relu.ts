import { DType, widthOf } from "../../core/tensor/dtype.ts";
import type { OpCase } from "../support/opCase.ts";
import type { OperatorCases } from "./support/cases.ts";
import { numbers, octets } from "./support/draw.ts";
import { unary } from "./support/elementwise.ts";
import { caseOf } from "./support/onnx.ts";

const of = (x: number) => caseOf({ op: "Relu", inputs: [numbers([1], [x])], output: { dtype: DType.float32, dims: [1] } });
const small = caseOf({ op: "Relu", inputs: [octets(DType.int8, [2], [0x80, 0x7f])], output: { dtype: DType.int8, dims: [2] } });

/** A type that the compiler does not take. */
function ofType(dtype: DType): OpCase {
  const { node } = of(1);
  return { node: { ...node, output: { ...node.output, dtype }, inputs: [{ ...node.inputs[0]!, dtype }] }, inputs: [new Uint8Array(widthOf(dtype))] };
}

export const relu: OperatorCases = {
  ...unary("Relu", [DType.float32, DType.int8, DType.int32]),
  refused: [DType.float16, DType.float64, DType.bool].map((dtype) => ({ about: `elements of type ${dtype}`, of: ofType(dtype), error: "DTypeUnsupported" })),
  special: [
    { about: "of a NaN and 0 either is the maximum", of: of(NaN), leaves: [NaN, 0], not: [0x12345678n] },
    { about: "−∞", of: of(-Infinity), leaves: [0] },
    { about: "∞", of: of(Infinity), leaves: [Infinity] },
    { about: "−0", of: of(-0), leaves: [0] },
    { about: "the least subnormal number", of: of(2 ** -149), leaves: [2 ** -149] },
    { about: "int8: −128", of: small, element: 0, leaves: [0] },
    { about: "int8: 127", of: small, element: 1, leaves: [0x7f] },
  ],
};
