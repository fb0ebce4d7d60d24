import type { Lowering } from "./lowering.ts";
import { DType } from "../../tensor/dtype.ts";
import { LARGEST } from "./logarithm.ts";
import { product } from "./twofold.ts";
import { Writer } from "./writer.ts";

const CHOOSES = 9;

/**
 * The remainder with the sign of a, of floating-point numbers: |a| − q·|b| without an error, with q the quotient rounded down, which
 * may be one off. Where the quotient is 2²⁴ or more, or |b| beyond 2¹¹⁵, it has no bits that are right.
 */
export const mod: Lowering = {
  onnx: { Mod: { since: 10, shapedBy: "shapes", only: "of float32 (fmod)" } },
  into: ["Abs", "Add", "Div", "Floor", "Less", "Mul", "Sub", "Where"],
  difference: "portable",
  where: "its operands are float32 and its attribute fmod is 1",
  rewrite(site) {
    const { attributes, inputs, node, opset } = site;
    if (inputs.slice(0, 2).some((x) => x?.dtype !== DType.float32) || attributes.int("fmod", 0) !== 1 || opset < CHOOSES) return undefined;
    const w = new Writer(site);
    const [a, b] = node.input.map((x) => w.abs(x));
    const { high, low } = product(w, w.of("Floor", [w.div(a, b)]), b);
    const rest = w.sub(w.sub(a, high), low);
    const least = w.where(w.less(rest, 0), w.add(rest, b), rest);
    const inside = w.where(w.less(least, b), least, w.sub(least, b));
    const size = w.where(w.less(LARGEST, b), a, inside);
    return w.done(w.where(w.less(node.input[0], 0), w.mul(size, -1), size));
  },
};
