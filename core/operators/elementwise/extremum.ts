import { refuse } from "../../faults.ts";
import { bitsOf, floatOf, isNaNBits } from "../../math/float32.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Rule, type Opcode } from "../../program/types.ts";
import { DType } from "../../tensor/dtype.ts";
import { elementwise } from "../reading/elementwise.ts";
import type { Mapped } from "../reading/mapped.ts";
import { broadcast, bytes, checkOutput, float, required, typed } from "../reading/requirements.ts";
import { slopeOfBinary } from "./binary.ts";

/** Element types whose extrema the runtime finds. */
const TYPES = [float, DType.float64, ...bytes, DType.int32, DType.int64, DType.uint32, DType.uint64] as const;

/** The greater or the smaller of two operands; other numbers of operands are written in pairs. */
export const readExtremum =
  (opcode: Opcode) =>
  (node: GraphNode): Mapped => {
    if (node.inputs.length !== 2) refuse(`it has ${node.inputs.length} operands; only two are supported`);
    const a = typed(required(node, 0), ...TYPES);
    const b = typed(required(node, 1), a.dtype);
    node.attributes.refuseOthers();
    checkOutput(node, broadcast(a.dims, b.dims));
    return elementwise(opcode, Rule.equal, [a, b]);
  };

/** Float32 bits of what `pick` takes of two numbers; a NaN if either is one. */
export const extremeBits =
  (pick: (a: number, b: number) => number) =>
  (a: number, b: number): number =>
    isNaNBits(a) || isNaNBits(b) ? NAN : bitsOf(pick(floatOf(a), floatOf(b)));

const NAN = 0x7fc00000;

/** What Max and Min have in common. */
export const EXTREMUM = { inputs: ["A", "B"], types: TYPES, rules: [Rule.equal] } as const;

/** The derivatives of an extremum: of equal numbers either may be it. */
export const slopeOfExtremum = (takesFirst: (x: number, y: number) => boolean) => slopeOfBinary((x, y) => (takesFirst(x, y) ? [1, 0] : [0, 1]));
