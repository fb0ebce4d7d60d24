import { DType, widthOf } from "../../tensor/dtype.ts";
import { constantNumbers, typeOf, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { Writer } from "./writer.ts";

/** Types that the runtime chooses between. */
export const CHOSEN_TYPES: readonly number[] = [DType.float32, DType.int32, DType.int64, DType.uint8];
export const CHOSEN = "its output is float32, int32, int64 or uint8";

/** How far each element of a matrix lies above the diagonal, row-major. */
const distances = (rows: number, columns: number): number[] => Array.from({ length: rows * columns }, (_, i) => (i % columns) - Math.floor(i / columns));

/** The elements above a diagonal or below it, zero elsewhere. Rationale: a choice of the runtime loses the sign of a zero. */
export const trilu: Lowering = {
  onnx: { Trilu: { since: 14, shapedBy: "shapes" } },
  into: ["Where", "Less", "Not"],
  difference: "portable",
  where: CHOSEN,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [dims, dtype] = [wholeDims(inputs[0]), typeOf(inputs[0])];
    if (dims === undefined || dims.length < 2 || dtype === undefined || !CHOSEN_TYPES.includes(dtype)) return undefined;
    const isUpper = attributes.int("upper", 1) !== 0;
    const [rows, columns] = [dims[dims.length - 2], dims[dims.length - 1]];
    const w = new Writer(site);
    const above = distances(rows, columns);
    const k = (node.input[1] ?? "") === "" ? 0 : constantNumbers(inputs[1])?.[0];
    const mask = k === undefined ? computedMask(w, node.input[1], [rows, columns], isUpper) : w.booleans([rows, columns], above.map((distance) => (isUpper ? distance >= k : distance <= k)));
    const zero = w.keep({ dtype, dims: [], data: new Uint8Array(widthOf(dtype)) });
    return w.done(w.of("Where", [mask, node.input[0], zero]));
  },
};

/** Where the distance is no less than a computed one, or no greater. */
function computedMask(w: Writer, k: string, [rows, columns]: readonly [number, number], isUpper: boolean): string {
  const all = w.keep({ dtype: DType.int64, dims: [rows, columns], data: new Uint8Array(BigInt64Array.from(distances(rows, columns), BigInt).buffer) });
  return w.of("Not", [w.of("Less", isUpper ? [all, k] : [k, all])]);
}
