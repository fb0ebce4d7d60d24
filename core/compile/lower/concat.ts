import { MAX_INPUTS } from "../../program/row.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Without the parts that hold nothing, in groups where there are more than a row has inputs. */
export const concat: Lowering = {
  onnx: { Concat: { since: 4, shapedBy: "shapes" } },
  into: ["Concat", "Identity"],
  keeps: "every bit",
  where: `it has more than ${MAX_INPUTS} parts, one, or some that are empty`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const parts = node.input.filter((_, i) => inputs[i]?.dims.includes(0) !== true);
    if (parts.length === 0 || (parts.length === node.input.length && parts.length > 1 && parts.length <= MAX_INPUTS)) return undefined;
    const w = new Writer(site);
    return w.done(parts.length === 1 ? w.of("Identity", parts) : w.concat(parts, attributes.int("axis", 1)));
  },
};
