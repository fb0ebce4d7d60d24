import { isFloating } from "../../../core/exact/formats.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import type { Figure } from "./figures.ts";

export interface Bit {
  readonly isSet: boolean;
  /** What it stands for: of a whole number only its sign has a part of its own. */
  readonly part: "sign" | "exponent" | "fraction" | "magnitude";
  readonly differs: boolean;
}

/** Bits of the exponent in floating point numbers of each type. */
const EXPONENT: Partial<Record<DType, number>> = { [DType.float16]: 5, [DType.float32]: 8, [DType.float64]: 11 };
const SIGNED: readonly DType[] = [DType.int8, DType.int16, DType.int32, DType.int64];

/** A number's bits, the highest first, and where they are not those of another one of the type. Empty for an exact integer. */
export function bitsOf({ type, bits }: Figure, other: Figure): Bit[] {
  if (type === "integer") return [];
  const width = 8 * widthOf(type);
  const partOf = (place: number): Bit["part"] => {
    if (place === 0 && (isFloating(type) || SIGNED.includes(type))) return "sign";
    return isFloating(type) ? (place <= EXPONENT[type]! ? "exponent" : "fraction") : "magnitude";
  };
  return Array.from({ length: width }, (_, place) => {
    const at = BigInt(width - 1 - place);
    return { isSet: ((bits >> at) & 1n) === 1n, part: partOf(place), differs: ((bits ^ other.bits) >> at) % 2n === 1n };
  });
}
