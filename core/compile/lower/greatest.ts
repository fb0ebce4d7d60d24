import { DType } from "../../tensor/dtype.ts";
import type { Known } from "./lowering.ts";
import { integerAttribute } from "./lowering.ts";
import type { Writer } from "./writer.ts";

/** Since this opset integers can be compared. */
const COMPARES_INTEGERS = 9;

const SMALL: readonly number[] = [DType.int8, DType.uint8, DType.int16, DType.uint16];
const WHOLE: readonly number[] = [DType.int32, DType.int64];

/** The type in which elements of a type are compared; undefined where there is none. */
export function comparedAs(known: Known | undefined, opset: number): DType | undefined {
  if (known?.dtype === DType.float32) return DType.float32;
  if (known === undefined || opset < COMPARES_INTEGERS) return undefined;
  if (SMALL.includes(known.dtype)) return DType.int32;
  return WHOLE.includes(known.dtype) ? (known.dtype as DType) : undefined;
}

/** The words for that condition. */
export const COMPARED = "its input is float32 or an integer of at most 32 bits, or int64";

export const cast = (w: Writer, x: string, to: number): string => w.of("Cast", [x], [integerAttribute("to", to)]);

/** The values as they are compared; turned around, so that the least is the greatest, where that is asked for. */
export function comparable(w: Writer, x: string, from: number, as: DType, isLeast: boolean): string {
  const own = from === as ? x : cast(w, x, as);
  if (!isLeast) return own;
  // −1 − x, of which the least number has no overflow.
  return as === DType.float32 ? w.mul(own, -1) : w.sub(w.integer(as, -1), own);
}

/** The same back again. */
export function comparedBack(w: Writer, x: string, from: number, as: DType, isLeast: boolean): string {
  const own = isLeast ? (as === DType.float32 ? w.mul(x, -1) : w.sub(w.integer(as, -1), x)) : x;
  return from === as ? own : cast(w, own, from);
}

/** A number for each place on an axis, int32, by which the first place, or else the last, weighs most. */
export function weights(w: Writer, rank: number, axis: number, length: number, first: boolean): string {
  const values = Int32Array.from({ length }, (_, i) => (first ? length - i : i + 1));
  const dims = [length, ...new Array<number>(rank - axis - 1).fill(1)];
  return w.keep({ dtype: DType.int32, dims, data: new Uint8Array(values.buffer) });
}

/** What is known of the greatest element along an axis. */
export interface Greatest {
  /** Its value. */
  readonly value: string;
  /** The weights of the places where it stands, zero elsewhere; and the greatest of them, that of one place. */
  readonly ranks: string;
  readonly rank: string;
}

/** The greatest element along an axis, and the place that weighs most of those where it stands. A NaN counts as no less than any. */
export function greatestAlong(w: Writer, x: string, axis: number, weight: string): Greatest {
  const value = w.greatest(x, [axis]);
  const ranks = w.mul(cast(w, w.of("Not", [w.of("Less", [x, value])]), DType.int32), weight);
  return { value, ranks, rank: w.greatest(ranks, [axis]) };
}
