import { inPlaceOf, type Lowering } from "./lowering.ts";

/** The runtime writes such nodes where it takes functions apart, a Swish for one. */
export const cast: Lowering = {
  onnx: { Cast: { since: 1, shapedBy: "shapes", only: "to the type that there is" } },
  into: ["Identity"],
  keeps: "every bit",
  where: "its input has the type already",
  rewrite({ node, attributes, inputs: [x] }) {
    if (x === undefined || attributes.int("to", 0) !== x.dtype) return undefined;
    return { nodes: [inPlaceOf(node, "Identity", node.input)] };
  },
};
