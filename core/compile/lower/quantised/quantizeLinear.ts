import { range } from "../../../math/element.ts";
import type { DType as DTypeCode } from "../../../tensor/dtype.ts";
import { DType } from "../../../tensor/dtype.ts";
import { integerAttribute, type Lowering, type Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { apart, beside, EXACT, isEven, parameter, scalingOf } from "./blocks.ts";

/** The type of the result: the zero point's, else the stated one, else uint8. */
const typeOf = ({ attributes, inputs, node }: Site): number | undefined =>
  (node.input[2] ?? "") !== "" ? inputs[2]?.dtype : attributes.int("output_dtype", 0) || DType.uint8;

/** round(x / scale) + zero, clamped, for what is quantised in blocks or to 16 bits. All of these are whole numbers of float32. */
export const quantizeLinear: Lowering = {
  onnx: { QuantizeLinear: { since: 21, shapedBy: "shapes" } },
  into: ["Reshape", "Div", "Round", "Add", "Clip", "Cast"],
  difference: "portable",
  where: "it has blocks that fill their axis, or 16 bits, and its scale is float32",
  rewrite(site) {
    const { attributes, inputs: [x, scale, zero], node } = site;
    const dtype = typeOf(site);
    if (x?.dtype !== DType.float32 || scale?.dtype !== DType.float32 || dtype === undefined || !EXACT.includes(dtype)) return undefined;
    const isBlocked = attributes.int("block_size", 0) !== 0;
    const scaling = scalingOf(site, x, scale);
    if (scaling === undefined || !isEven(scaling) || (!isBlocked && (dtype === DType.uint8 || dtype === DType.int8))) return undefined;
    const w = new Writer(site);
    const shape = beside(scaling);
    const [least, greatest] = range(dtype as DTypeCode).map(Number);
    const quotient = w.div(w.reshape(node.input[0], scaling.dims, apart(scaling)), parameter(w, site, 1, shape));
    const rounded = w.of("Round", [quotient]);
    const clamped = w.clip(zero === undefined ? rounded : w.add(rounded, parameter(w, site, 2, shape)), least, greatest);
    const cast = w.of("Cast", [clamped], [integerAttribute("to", dtype)]);
    return scaling.kind !== "blocks" ? w.done(cast) : w.doneAs(cast, scaling.dims);
  },
};
