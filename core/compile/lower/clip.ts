import { inPlaceOf, type Known, type Lowering } from "./lowering.ts";
import { DType } from "../../tensor/dtype.ts";
import { Writer } from "./writer.ts";

/** Since this opset the ends are inputs. */
const ENDS_ARE_INPUTS = 11;

const isGiven = (end: Known | undefined): end is Known => end !== undefined;

/** min(max(x, least), greatest), as far as there are ends. */
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
    const [value, least, greatest] = node.input;
    const above = isGiven(ends[0]) ? w.of("Max", [value, least]) : value;
    if (isGiven(ends[1])) return w.done(w.of("Min", [above, greatest]));
    return above === value ? { nodes: [inPlaceOf(node, "Identity", [value])] } : w.done(above);
  },
};
