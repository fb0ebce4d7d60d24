import type { DType } from "../../../core/tensor/dtype.ts";
import { numberIn } from "./figures.ts";

/** How strongly a cell is shaded, from −1 to 1, by its number in proportion to the greatest of its grid; undefined where it is not known. */
export function shadesOf(dtype: DType, bits: readonly (bigint | undefined)[]): (number | undefined)[] {
  const numbers = bits.map((each) => (each === undefined ? undefined : numberIn({ type: dtype, bits: each })));
  const most = numbers.reduce<number>((max, number) => (number === undefined || !Number.isFinite(number) ? max : Math.max(max, Math.abs(number))), 0);
  return numbers.map((number) => {
    if (number === undefined || Number.isNaN(number)) return undefined;
    return most === 0 ? 0 : Math.max(-1, Math.min(1, number / most));
  });
}
