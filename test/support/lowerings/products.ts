import type { Random } from "../random.ts";
import { stated, x, type Cases, type Node } from "./drawing.ts";

/**
 * An equation of one to three operands: labels of any of five axes, some twice, and now and then an ellipsis of up to two axes, some
 * of length one. The runtime fails where it has to order capital letters itself.
 */
function equation(random: Random): Node {
  const isImplied = random.int(0, 3) === 0;
  const letters = [...(isImplied ? "ijkab" : "iJkAb")];
  const sizes = new Map([...letters, "0", "1"].map((label) => [label, random.int(1, 4)]));
  const broadcast = random.int(0, 2) === 0 ? ["1", "0"].slice(random.int(0, 2)) : [];
  const hasEllipsis = broadcast.length > 0 || random.int(0, 5) === 0;
  const operands = Array.from({ length: random.int(1, 3) }, () => {
    const labels = letters.filter(() => random.int(0, 1) === 0);
    const twice = labels.length > 0 && random.int(0, 4) === 0 ? [random.pick(labels)] : [];
    const head = random.shuffle([...labels, ...twice]).slice(0, 4);
    const at = random.int(0, head.length);
    const dims = [...head.slice(0, at).map((label) => sizes.get(label)!), ...(hasEllipsis ? broadcast.map((label) => (random.int(0, 3) === 0 ? 1 : sizes.get(label)!)) : []), ...head.slice(at).map((label) => sizes.get(label)!)];
    return { term: `${head.slice(0, at).join("")}${hasEllipsis ? "..." : ""}${head.slice(at).join("")}`, head, dims };
  });
  const known = [...new Set(operands.flatMap(({ head }) => head))];
  const output = random.shuffle(known.filter(() => random.int(0, 2) > 0));
  const terms = operands.map(({ term }) => term).join(random.pick([",", " , "]));
  const right = isImplied ? "" : `->${hasEllipsis ? "..." : ""}${output.join("")}`;
  return { inputs: operands.map(({ dims }) => x(...dims)), attributes: stated({ equation: { string: terms + right } }) };
}

/** Cases of sums of products. */
export const PRODUCTS: Readonly<Record<string, Cases>> = {
  Einsum: {
    within: 2e-5,
    room: 2 ** -20,
    taken: equation,
    left: { "of integers": { inputs: [{ dtype: 7, dims: [2, 3] }], attributes: { equation: { string: "ij->i" } }, opset: 13 } },
  },
};
