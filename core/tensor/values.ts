import { numberAt } from "./numbers.ts";
import { byteLength, sizeOf } from "./shape.ts";
import { dtypeName, widthOf, type DType } from "./dtype.ts";
import type { TensorSpec } from "./tensor.ts";

/** A tensor's numbers, as text that names each of them exactly and no longer than it has to. */
export interface Values {
  readonly name: string;
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly values: readonly string[];
}

/** Outputs of a job out of its bytes; undefined where these are not as long as they should be. */
export function valuesOf(specs: readonly TensorSpec[], bytes: Uint8Array): Values[] | undefined {
  if (bytes.length !== specs.reduce((sum, spec) => sum + byteLength(spec), 0)) return undefined;
  let start = 0;
  return specs.map((spec) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, byteLength(spec));
    start += byteLength(spec);
    const { name, dtype, dims } = spec;
    const values = Array.from({ length: sizeOf(dims) }, (_, i) => showValue(view, i * widthOf(dtype), dtype));
    return { name, dtype: dtypeName(dtype), dims, values };
  });
}

function showValue(view: DataView, at: number, dtype: DType): string {
  switch (dtypeName(dtype)) {
    case "int64":
      return String(view.getBigInt64(at, true));
    case "uint64":
      return String(view.getBigUint64(at, true));
    case "bool":
      return String(view.getUint8(at) !== 0);
    case "float32":
      return shortest(view.getFloat32(at, true), Math.fround);
    default:
      return signed(numberAt(view, at, dtype));
  }
}

const signed = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/** The shortest decimal that stands for the number in its type. */
function shortest(value: number, round: (value: number) => number): string {
  for (let digits = 1; digits < 10 && Number.isFinite(value); digits++) {
    const short = Number(value.toPrecision(digits));
    if (round(short) === value) return signed(Object.is(value, -0) ? -0 : short);
  }
  return signed(value);
}

/** Place of the greatest of some numbers, the first of them; undefined where one is none. */
export function greatest({ values }: Values): number | undefined {
  const numbers = values.map(Number);
  if (numbers.length < 2 || numbers.some(Number.isNaN)) return undefined;
  return numbers.indexOf(numbers.reduce((most, value) => (value > most ? value : most)));
}
