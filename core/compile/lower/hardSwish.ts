import { FLOAT, floatDims } from "./known.ts";
import { floatAttribute, type Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** x · max(0, min(1, x/6 + ½)), as the runtime itself writes it. */
export const hardSwish: Lowering = {
  onnx: { HardSwish: { since: 14, shapedBy: "shapes" } },
  into: ["HardSigmoid", "Mul"],
  keeps: "every bit",
  isEarly: true,
  where: FLOAT,
  rewrite(site) {
    if (floatDims(site.inputs[0]) === undefined) return undefined;
    const [x] = site.node.input;
    const w = new Writer(site);
    return w.done(w.mul(x, w.of("HardSigmoid", [x], [floatAttribute("alpha", 1 / 6), floatAttribute("beta", 0.5)])));
  },
};
