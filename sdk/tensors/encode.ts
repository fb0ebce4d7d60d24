import { concatBytes } from "../../core/bytes.ts";
import { DType, dtypeName, widthOf } from "../../core/tensor/dtype.ts";
import { halfBits } from "../../core/tensor/half.ts";
import { byteLength, sizeOf, unravel } from "../../core/tensor/shape.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { OpgError } from "../errors.ts";
import { isDecimal, isTyped, type Decimal, type Nested, type NumericArray, type Scalar, type Shaped, type TensorValue } from "./values.ts";

/** Inputs of a model by their names, or in their order. */
export type InputValues = Readonly<Record<string, TensorValue>> | readonly TensorValue[];

/**
 * The input of a job: the graph inputs' elements, little-endian and row-major, one after the other (docs/protocol.md §1.7). Throws an
 * OpgError that names the input, and the first element that its type does not hold.
 */
export function encodeInputs(specs: readonly TensorSpec[], values: InputValues): Uint8Array {
  const known = specs.map(({ name }) => name);
  const list = isList(values) ? values : specs.map(({ name }) => values[name]);
  if (!isList(values)) for (const name of Object.keys(values)) if (!known.includes(name)) throw refused(`there is no input "${name}": the model takes ${shown(specs)}`);
  if (list.length !== specs.length) throw refused(`${list.length} inputs were given: the model takes ${shown(specs)}`);
  return concatBytes(specs.map((spec, i) => encodeTensor(spec, list[i] ?? missing(spec))));
}

const isList = (values: InputValues): values is readonly TensorValue[] => Array.isArray(values);
const shown = (specs: readonly TensorSpec[]): string => specs.map(describe).join(", ");
const describe = ({ name, dtype, dims }: TensorSpec): string => `"${name}" (${dtypeName(dtype)} [${dims.join(", ")}])`;
const missing = (spec: TensorSpec): never => {
  throw refused(`the input ${describe(spec)} is missing`);
};
const refused = (message: string): OpgError => new OpgError("TENSOR", message, "give what the version's input specs say");

/** One tensor's bytes. */
export function encodeTensor(spec: TensorSpec, value: TensorValue): Uint8Array {
  const elements = elementsOf(spec, value);
  const expected = sizeOf(spec.dims);
  if (elements.length !== expected) throw refused(`${describe(spec)} has ${expected} elements, ${elements.length} were given`);
  const bytes = new Uint8Array(byteLength(spec));
  const view = new DataView(bytes.buffer);
  const width = widthOf(spec.dtype);
  for (let i = 0; i < expected; i++) {
    const why = write(view, i * width, spec.dtype, elements[i]);
    if (why !== undefined) throw refused(`element ${i} [${unravel(i, spec.dims).join(", ")}] of ${describe(spec)} is ${show(elements[i])}: ${why}`);
  }
  return bytes;
}

const show = (value: Scalar): string => (isDecimal(value) ? `${value.value} · 10^−${value.decimals}` : String(value));

/** The elements in row-major order. */
function elementsOf(spec: TensorSpec, value: TensorValue): NumericArray | readonly Scalar[] {
  if (isTyped(value)) return value;
  if (Array.isArray(value)) return flat(spec, value as Nested);
  if (typeof value !== "object" || isDecimal(value)) return [value as Scalar];
  const { data, dims } = "shape" in value ? { data: value.values, dims: value.shape.map(Number) } : (value as Shaped);
  if (!Array.isArray(dims) || String(dims) !== String(spec.dims)) throw refused(`${describe(spec)} was given with the shape [${String(dims)}]`);
  return data;
}

/** A list of numbers as it is; a nested one has the tensor's shape at every level. */
function flat(spec: TensorSpec, value: Nested): readonly Scalar[] {
  if (!value.some(Array.isArray)) return value as readonly Scalar[];
  const out: Scalar[] = [];
  const walk = (part: Scalar | Nested, axis: number, place: readonly number[]): void => {
    const isDeep = Array.isArray(part);
    if (isDeep !== axis < spec.dims.length || (isDeep && part.length !== spec.dims[axis])) {
      throw refused(`${describe(spec)} was given as lists of another shape: at [${place.join(", ")}] stands ${isDeep ? `a list of ${part.length}` : "a number"}`);
    }
    if (isDeep) (part as Nested).forEach((inner, i) => walk(inner, axis + 1, [...place, i]));
    else out.push(part as Scalar);
  };
  walk(value, 0, []);
  return out;
}

const LARGEST_FLOAT32 = 3.4028234663852886e38;
const SIGNED: ReadonlySet<DType> = new Set([DType.int8, DType.int16, DType.int32, DType.int64]);

/** Writes one element; returns why the type does not hold it, if it doesn't. */
function write(view: DataView, at: number, dtype: DType, given: Scalar): string | undefined {
  // Who writes JavaScript may have put a text or nothing there.
  if (!isDecimal(given) && !["number", "bigint", "boolean"].includes(typeof given)) return "it is no number";
  if (dtype === DType.bool) return writeBool(view, at, given);
  if (dtype === DType.float16 || dtype === DType.float32 || dtype === DType.float64) return writeFloat(view, at, dtype, given);
  return writeInteger(view, at, dtype, given);
}

function writeBool(view: DataView, at: number, given: Scalar): string | undefined {
  const isOne = given === true || given === 1 || given === 1n;
  if (!isOne && given !== false && given !== 0 && given !== 0n) return "a bool is true or false, or 1 or 0";
  view.setUint8(at, isOne ? 1 : 0);
  return undefined;
}

/** The nearest number of the type. A decimal is rounded to a double first. */
function writeFloat(view: DataView, at: number, dtype: DType, given: Scalar): string | undefined {
  const value = isDecimal(given) ? numberOf(given) : Number(given);
  if (!Number.isFinite(value)) return "only finite numbers are taken";
  if (dtype === DType.float64) view.setFloat64(at, value, true);
  else if (dtype === DType.float32) {
    if (Math.abs(Math.fround(value)) > LARGEST_FLOAT32) return "a float32 is at most 3.4028234663852886e38";
    view.setFloat32(at, value, true);
  } else {
    const bits = halfBits(value);
    if ((bits & 0x7c00) === 0x7c00) return "a float16 is at most 65504";
    view.setUint16(at, bits, true);
  }
  return undefined;
}

const numberOf = ({ value, decimals }: Decimal): number => Number(`${value}e${-Number(decimals)}`);

function writeInteger(view: DataView, at: number, dtype: DType, given: Scalar): string | undefined {
  const value = isDecimal(given) ? wholeOf(given) : typeof given === "bigint" ? given : Number.isInteger(Number(given)) ? BigInt(Number(given)) : undefined;
  if (value === undefined) return `${dtypeName(dtype)} takes whole numbers`;
  if (typeof given === "number" && !Number.isSafeInteger(given)) return "a number beyond 2⁵³ is not exact: give a bigint";
  const bits = BigInt(8 * widthOf(dtype));
  const [least, most] = SIGNED.has(dtype) ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  if (value < least || value > most) return `${dtypeName(dtype)} holds ${least} to ${most}`;
  const low = BigInt.asUintN(64, value);
  for (let byte = 0n; byte < bits / 8n; byte++) view.setUint8(at + Number(byte), Number((low >> (8n * byte)) & 0xffn));
  return undefined;
}

/** More than any type holds, and no power of ten beyond it is computed. */
const MOST_DECIMALS = 100;

/** `value` · 10^−`decimals`, if that is a whole number. */
function wholeOf({ value, decimals }: Decimal): bigint | undefined {
  if (!Number.isInteger(Number(value)) || !Number.isInteger(Number(decimals)) || Math.abs(Number(decimals)) > MOST_DECIMALS) return undefined;
  const power = 10n ** BigInt(Math.abs(Number(decimals)));
  if (Number(decimals) <= 0) return BigInt(value) * power;
  return BigInt(value) % power === 0n ? BigInt(value) / power : undefined;
}
