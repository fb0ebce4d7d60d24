import { DType, widthOf } from "../../tensor/dtype.ts";
import { constantNumbers, typeOf, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Types that the runtime chooses between. */
export const CHOSEN_TYPES: readonly number[] = [DType.float32, DType.int32, DType.int64, DType.uint8];
export const CHOSEN = "its output is float32, int32, int64 or uint8";

/** The elements above a diagonal or below it, zero elsewhere. */
export const trilu: Lowering = {
  onnx: { Trilu: { since: 14, shapedBy: "shapes" } },
  into: ["Where"],
  keeps: "every bit",
  where: `its diagonal is a constant, and ${CHOSEN}`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [dims, dtype] = [wholeDims(inputs[0]), typeOf(inputs[0])];
    const k = (node.input[1] ?? "") === "" ? 0 : constantNumbers(inputs[1])?.[0];
    if (dims === undefined || dims.length < 2 || dtype === undefined || !CHOSEN_TYPES.includes(dtype) || k === undefined) return undefined;
    const isUpper = attributes.int("upper", 1) !== 0;
    const [rows, columns] = dims.slice(-2);
    const mask = Array.from({ length: rows * columns }, (_, i) => {
      const distance = (i % columns) - Math.floor(i / columns);
      return isUpper ? distance >= k : distance <= k;
    });
    const w = new Writer(site);
    const zero = w.keep({ dtype, dims: [], data: new Uint8Array(widthOf(dtype)) });
    return w.done(w.of("Where", [w.booleans([rows, columns], mask), node.input[0], zero]));
  },
};
