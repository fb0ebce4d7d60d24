import { isFloat } from "../../math/floatFormat.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Rule, type Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import type { Slope } from "../descriptor.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { broadcast, checkOutput, float, integerTypes, maxInputs, required, typed } from "../reading/requirements.ts";
import { broadcastPlace } from "../slack/groups.ts";

/** Two operands broadcast against each other: rounded in float32 and float64, wrapped around in integers. */
export const readBinary =
  (opcode: Opcode) =>
  (node: GraphNode): Mapped => {
    maxInputs(node, 2);
    const a = typed(required(node, 0), float, DType.float64, ...integerTypes);
    const b = typed(required(node, 1), a.dtype);
    node.attributes.refuseOthers();
    checkOutput(node, broadcast(a.dims, b.dims));
    return elementwise(opcode, isFloat(a.dtype) ? Rule.rounded : Rule.equal, [a, b]);
  };

/** What Add, Sub, Mul and Div have in common. */
export const BINARY = { inputs: ["A", "B"], types: [float, DType.float64, ...integerTypes], rules: [Rule.rounded, Rule.equal] } as const;

/** @param partial the derivatives by either operand, given both */
export const slopeOfBinary = (partial: (x: number, y: number) => readonly [number, number]): { follows: "all"; back: Slope } => ({
  follows: "all",
  back({ mapped, inputs, outputDims }, outer, into) {
    const [a, b] = [into(0), into(1)];
    const [placeA, placeB] = mapped.inputs.map((value) => broadcastPlace(value!.dims, outputDims));
    outer.forEach((g, i) => {
      const [byA, byB] = partial(inputs[0]?.[placeA(i)] ?? 0, inputs[1]?.[placeB(i)] ?? 0);
      if (a) a[placeA(i)] += g * byA;
      if (b) b[placeB(i)] += g * byB;
    });
  },
});
