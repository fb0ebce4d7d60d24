import { integerOf } from "../../../core/exact/acceptance.ts";
import { encode, type Value } from "../../../core/exact/binary32.ts";
import { isFloating, numberOf } from "../../../core/exact/formats.ts";
import { DType, dtypeName, widthOf } from "../../../core/tensor/dtype.ts";
import { valuesOf } from "../../../core/tensor/values.ts";

/** A number of the arithmetic: an element's bits, or an exact integer of any size. */
export interface Figure {
  readonly type: DType | "integer";
  readonly bits: bigint;
}

export const integerFigure = (value: bigint): Figure => ({ type: "integer", bits: value });
export const floatFigure = (value: Value): Figure => ({ type: DType.float32, bits: encode(value) });

/** The shortest decimal that names the number exactly among those of its type. */
export function decimalOf({ type, bits }: Figure): string {
  if (type === "integer") return String(bits);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, bits, true);
  return valuesOf([{ name: "", dtype: type, dims: [1] }], bytes.subarray(0, widthOf(type)))![0].values[0];
}

/** The bits in hex; undefined of an exact integer, which has no type. */
export const hexOf = ({ type, bits }: Figure): string | undefined => (type === "integer" ? undefined : `0x${bits.toString(16).padStart(2 * widthOf(type), "0")}`);

/** The number as JavaScript has it, rounded where that can't hold it. */
export const numberIn = ({ type, bits }: Figure): number =>
  type === "integer" ? Number(bits) : isFloating(type) ? numberOf(type, bits) : Number(integerOf(bits, type));

export const typeName = ({ type }: Figure): string => (type === "integer" ? "integer" : dtypeName(type));

/**
 * Units in the last place from one number to another of its type, which is how many steps to the next number it takes; of integers
 * their difference. Undefined where either is a NaN.
 */
export function distanceOf(a: Figure, b: Figure): bigint | undefined {
  if (a.type !== b.type) throw new RangeError(`a ${typeName(a)} is no ${typeName(b)}`);
  if (Number.isNaN(numberIn(a)) || Number.isNaN(numberIn(b))) return undefined;
  const difference = rankOf(a) - rankOf(b);
  return difference < 0n ? -difference : difference;
}

/** The number's place in the order of all numbers of its type, counted from zero. */
function rankOf({ type, bits }: Figure): bigint {
  if (type === "integer") return bits;
  if (!isFloating(type)) return integerOf(bits, type);
  const sign = 1n << BigInt(8 * widthOf(type) - 1);
  return (bits & sign) === 0n ? bits : -(bits ^ sign);
}
