import { DType, dtypeName, widthOf } from "./dtype.ts";
import { refuse } from "../faults.ts";
import { halfBits, halfOf } from "./half.ts";

/** A tensor as JSON has it: a number, or lists of them. Text stands for numbers that JSON has not got: integers beyond 2⁵³, and "NaN". */
export type Written = number | string | boolean | readonly Written[];

/** Axes that a tensor may have, and one more: JSON of a deeper one is not gone through. */
const MOST_AXES = 9;

/** The lengths of nested lists, outermost first. Refuses lists of different lengths beside each other. */
export function writtenDims(value: Written): number[] {
  if (!Array.isArray(value)) return [];
  const lists = value as readonly Written[];
  if (lists.length === 0) return [0];
  const inner = lists.map((each) => (Array.isArray(each) ? each.length : -1));
  if (inner.some((length) => length !== inner[0])) refuse("its lists are of different lengths");
  if (inner[0] < 0) return [lists.length];
  const [own, ...rest] = [lists.length, ...writtenDims(lists.flat(1))];
  return [own, rest[0] / own, ...rest.slice(1)];
}

/** Row-major little-endian bytes of the numbers. Refuses what is no number of the type: none becomes another, but for its rounding. */
export function writtenBytes(value: Written, dtype: DType): Uint8Array {
  const values = [value].flat(MOST_AXES) as readonly Written[];
  const width = widthOf(dtype);
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  values.forEach((each, i) => {
    if (FRACTIONS.has(dtype)) setFraction(view, i * width, dtype, fractionOf(each, dtype));
    else setInteger(view, i * width, width, integerOf(each, dtype));
  });
  return bytes;
}

const FRACTIONS: ReadonlySet<DType> = new Set([DType.float16, DType.float32, DType.float64]);

const noNumber = (value: Written, what: string): never => refuse(`${(JSON.stringify(value) ?? String(value)).slice(0, 80)} is no ${what}`);

/** Fractions that JSON has not got, as text. */
const NOT_FINITE: ReadonlySet<Written> = new Set(["NaN", "Infinity", "-Infinity"]);

function fractionOf(value: Written, dtype: DType): number {
  if (NOT_FINITE.has(value)) return Number(value);
  const number = typeof value === "number" ? value : noNumber(value, "number");
  const rounded = dtype === DType.float64 ? number : dtype === DType.float32 ? Math.fround(number) : halfOf(halfBits(number));
  return Number.isFinite(rounded) ? rounded : refuse(`${number} is out of the range of ${dtypeName(dtype)}`);
}

function setFraction(view: DataView, at: number, dtype: DType, value: number): void {
  if (dtype === DType.float64) view.setFloat64(at, value, true);
  else if (dtype === DType.float32) view.setFloat32(at, value, true);
  else view.setUint16(at, halfBits(value), true);
}

function integerOf(value: Written, dtype: DType): bigint {
  if (dtype === DType.bool) return value === true || value === 1 ? 1n : value === false || value === 0 ? 0n : noNumber(value, "bool: true or false");
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) refuse(`${value} is not exact in JSON: write it as text, "${BigInt(value)}"`);
  const isWhole = Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,20}$/.test(value));
  const integer = isWhole ? BigInt(value as number | string) : noNumber(value, "whole number");
  const bits = 8 * widthOf(dtype);
  const within = SIGNED.has(dtype) ? BigInt.asIntN(bits, integer) : BigInt.asUintN(bits, integer);
  return within === integer ? integer : refuse(`${integer} is out of the range of ${dtypeName(dtype)}`);
}

const SIGNED: ReadonlySet<DType> = new Set([DType.int8, DType.int16, DType.int32, DType.int64]);

function setInteger(view: DataView, at: number, width: 1 | 2 | 4 | 8, value: bigint): void {
  if (width === 8) view.setBigInt64(at, BigInt.asIntN(64, value), true);
  else if (width === 4) view.setInt32(at, Number(BigInt.asIntN(32, value)), true);
  else if (width === 2) view.setInt16(at, Number(BigInt.asIntN(16, value)), true);
  else view.setInt8(at, Number(BigInt.asIntN(8, value)));
}
