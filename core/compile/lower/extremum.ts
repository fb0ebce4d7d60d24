import { inPlaceOf, nodeOf, type Lowering } from "./lowering.ts";

/** An extremum of more than two values in pairs from the left, as the runtime takes it; that of one value is that value. */
const inPairs = (op: "Max" | "Min"): Lowering => ({
  onnx: { [op]: { since: 1, shapedBy: "shapes" } },
  into: [op, "Identity"],
  keeps: "every bit",
  where: "it has not two operands",
  rewrite({ node, value, named }) {
    const [first, ...others] = node.input;
    if (others.length === 1) return undefined;
    if (others.length === 0) return { nodes: [inPlaceOf(node, "Identity", [first])] };
    let left = first;
    const nodes = others.map((right, i) => {
      const isLast = i === others.length - 1;
      const [name, output] = isLast ? [node.name, node.output[0]] : [named(`pair${i + 1}`), value(`pair${i + 1}`)];
      const pair = nodeOf(name, op, [left, right], output);
      left = output;
      return pair;
    });
    return { nodes };
  },
});

export const maximum = inPairs("Max");
export const minimum = inPairs("Min");
