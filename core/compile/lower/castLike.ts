import { integerAttribute, nodeOf, type Lowering } from "./lowering.ts";

/** A Cast to the type of the second input, of which nothing else is read. */
export const castLike: Lowering = {
  onnx: { CastLike: { since: 15, shapedBy: "shapes" } },
  into: ["Cast"],
  keeps: "every bit",
  where: "the type of its second input is known",
  rewrite({ node, inputs: [, like] }) {
    if (like === undefined) return undefined;
    return { nodes: [nodeOf(node.name, "Cast", node.input.slice(0, 1), node.output[0], [integerAttribute("to", like.dtype)])] };
  },
};
