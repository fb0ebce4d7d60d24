import type { Constant } from "../../onnx/tensor.ts";
import { DType, widthOf } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { integerAttribute } from "./lowering.ts";
import type { Writer } from "./writer.ts";

/** Since opset 16 an operator that scatters may combine an update with what stands there, by these names of its attribute. */
const COMBINED = { add: "Add", mul: "Mul", max: "Max", min: "Min" } as const;
const TYPES: readonly number[] = [DType.float32, DType.int32, DType.int64];

/** How updates of an element are combined with what stands there. */
export type Combination = (typeof COMBINED)[keyof typeof COMBINED];

/** The combination of that name of numbers of that type; undefined where there is none. */
export const combinationOf = (reduction: string, dtype: DType): Combination | undefined =>
  Object.hasOwn(COMBINED, reduction) && TYPES.includes(dtype) ? COMBINED[reduction as keyof typeof COMBINED] : undefined;

/** The words for these types. */
export const COMBINES = "int32, int64 or float32";

/** What changes nothing: −0 added, 1 times, the least and the greatest number. */
function neutral(op: Combination, dtype: DType): Uint8Array {
  const bytes = new Uint8Array(widthOf(dtype));
  const view = new DataView(bytes.buffer);
  if (dtype === DType.float32) view.setFloat32(0, { Add: -0, Mul: 1, Max: -Infinity, Min: Infinity }[op], true);
  else {
    const bits = 8 * widthOf(dtype);
    const value = { Add: 0n, Mul: 1n, Max: -(1n << BigInt(bits - 1)), Min: (1n << BigInt(bits - 1)) - 1n }[op];
    if (bits === 64) view.setBigInt64(0, value, true);
    else view.setInt32(0, Number(value), true);
  }
  return bytes;
}

/** As many neutral numbers as a shape has elements, or zeros. */
export function filledWith(op: Combination | "zero", dtype: DType, dims: readonly number[]): Constant {
  const data = new Uint8Array(sizeOf(dims) * widthOf(dtype));
  const one = op === "zero" ? new Uint8Array(widthOf(dtype)) : neutral(op, dtype);
  for (let at = 0; at < data.length; at += one.length) data.set(one, at);
  return { dtype, dims, data };
}

/** An update combined with what stands there, both of that shape. */
export function combine(w: Writer, op: Combination, dtype: DType, there: string, update: string, dims: readonly number[]): string {
  return dtype === DType.float32 && (op === "Max" || op === "Min") ? chosen(w, op, there, update, dims) : w.of(op, [there, update]);
}

/**
 * What stands there where it is greater, or less, than the update, else the update, as the runtime chooses when it scatters: in an
 * operator of its own it treats a NaN otherwise. They are taken by their places, which keeps the sign of a zero.
 */
function chosen(w: Writer, op: "Max" | "Min", there: string, update: string, dims: readonly number[]): string {
  const pair = [1, sizeOf(dims)];
  const [a, b] = [w.reshape(there, dims, pair), w.reshape(update, dims, pair)];
  const stays = op === "Max" ? w.less(b, a) : w.less(a, b);
  const place = w.of("Where", [stays, w.integer(DType.int64, 0), w.integer(DType.int64, 1)]);
  return w.reshape(w.of("GatherElements", [w.concat([a, b], 0), place], [integerAttribute("axis", 0)]), pair, dims);
}
