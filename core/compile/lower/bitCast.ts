import { DType } from "../../tensor/dtype.ts";
import { integerAttribute, nodeOf, type Lowering } from "./lowering.ts";

/** Pairs of integer types of one width: what is too great for the one has, cast to it, the same bits. */
const PAIRS = [[DType.int8, DType.uint8], [DType.int16, DType.uint16], [DType.int32, DType.uint32], [DType.int64, DType.uint64]] as const;

/** The same bits as an integer with a sign, or without one. */
export const bitCast: Lowering = {
  onnx: { BitCast: { since: 26, shapedBy: "shapes" } },
  into: ["Cast"],
  keeps: "every bit",
  where: "it casts between integers of one width",
  rewrite({ node, attributes, inputs }) {
    const [from, to] = [inputs[0]?.dtype, attributes.int("to", 0)];
    if (!PAIRS.some((pair) => pair.some((dtype) => dtype === from) && pair.some((dtype) => dtype === to))) return undefined;
    return { nodes: [nodeOf(node.name, "Cast", node.input, node.output[0], [integerAttribute("to", to)])] };
  },
};
