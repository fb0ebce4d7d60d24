import { inPlaceOf, nodeOf, type Lowering } from "./lowering.ts";

/** The runtime adds from the left; the sum of one value is that value. */
export const sum: Lowering = {
  onnx: { Sum: { since: 1, shapedBy: "shapes" } },
  into: ["Add", "Identity"],
  keeps: "every bit",
  rewrite({ node, value, named }) {
    const [first, ...others] = node.input;
    if (others.length === 0) return { nodes: [inPlaceOf(node, "Identity", [first])] };
    let left = first;
    const nodes = others.map((right, i) => {
      const isLast = i === others.length - 1;
      const [name, output] = isLast ? [node.name, node.output[0]] : [named(`sum${i + 1}`), value(`sum${i + 1}`)];
      const add = nodeOf(name, "Add", [left, right], output);
      left = output;
      return add;
    });
    return { nodes };
  },
};
