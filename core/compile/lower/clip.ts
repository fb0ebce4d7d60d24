import { DType } from "../../tensor/dtype.ts";
import { LARGEST } from "./logarithm.ts";
import { inPlaceOf, type Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Since this opset the ends are inputs. */
const ENDS_ARE_INPUTS = 11;

/** min(max(x, least), greatest), as far as there are ends; float32 numbers have ends in any case, the largest ones. */
export const clip: Lowering = {
  onnx: { Clip: { since: 6, shapedBy: "shapes" } },
  into: ["Max", "Min", "Identity"],
  difference: "portable",
  where: "an end is computed, or the numbers are no float32",
  rewrite(site) {
    const { node, inputs: [x, ...ends], opset } = site;
    if (x === undefined || opset < ENDS_ARE_INPUTS) return undefined;
    if (x.dtype === DType.float32 && ends.every((end) => end === undefined || end.constant !== undefined)) return undefined;
    const w = new Writer(site);
    const [value, ...names] = node.input;
    const [least, greatest] = [-LARGEST, LARGEST].map((end, i) => (ends[i] !== undefined ? names[i] : x.dtype === DType.float32 ? end : undefined));
    const above = least === undefined ? value : w.of("Max", [value, least]);
    if (greatest !== undefined) return w.done(w.of("Min", [above, greatest]));
    return above === value ? { nodes: [inPlaceOf(node, "Identity", [value])] } : w.done(above);
  },
};
