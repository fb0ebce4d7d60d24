import { DType } from "../../../tensor/dtype.ts";
import { FLOAT, floatDims } from "../known.ts";
import { integerAttribute, nodeOf, type Lowering } from "../lowering.ts";
import { Writer } from "../writer.ts";

/** What uint8 numbers span. */
const SPAN = 255;

/**
 * With the least and the greatest number, 0 among them: scale = (greatest − least) / 255, or 1 where that is 0; zero point and
 * numbers are quantised as QuantizeLinear does.
 */
export const dynamicQuantizeLinear: Lowering = {
  onnx: { DynamicQuantizeLinear: { since: 11, shapedBy: "shapes" } },
  into: ["ReduceMax", "Mul", "Max", "Min", "Sub", "Div", "Less", "Where", "QuantizeLinear", "Identity"],
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    if (floatDims(site.inputs[0]) === undefined) return undefined;
    const [x] = site.node.input;
    const [output, scaleOutput = "", zeroOutput = ""] = site.node.output;
    const w = new Writer(site);
    const whole = [integerAttribute("keepdims", 0)];
    const greatest = w.max(w.of("ReduceMax", [x], whole), 0);
    const least = w.min(w.mul(w.of("ReduceMax", [w.mul(x, -1)], whole), -1), 0);
    const span = w.sub(greatest, least);
    const scale = w.where(w.less(0, span), w.div(span, SPAN), 1);
    const none = w.keep({ dtype: DType.uint8, dims: [], data: Uint8Array.of(0) });
    const zero = w.of("QuantizeLinear", [w.sub(0, w.div(least, scale)), 1, none]);
    const lowered = w.done(w.of("QuantizeLinear", [x, scale, zero]));
    const others = [[scaleOutput, scale], [zeroOutput, zero]].filter(([name]) => name !== "" && name !== output);
    return { ...lowered, nodes: [...lowered.nodes, ...others.map(([name, value]) => nodeOf(site.named("output"), "Identity", [value], name))] };
  },
};
