import { DType, widthOf } from "./dtype.ts";
import { halfOf } from "./half.ts";

/** The element at a place in little-endian bytes, as a number; one of 64 bits is rounded to the nearest. */
export function numberAt(view: DataView, at: number, dtype: DType): number {
  switch (dtype) {
    case 1:
      return view.getFloat32(at, true);
    case 2:
    case 9:
      return view.getUint8(at);
    case 3:
      return view.getInt8(at);
    case 4:
      return view.getUint16(at, true);
    case 5:
      return view.getInt16(at, true);
    case 6:
      return view.getInt32(at, true);
    case 7:
      return Number(view.getBigInt64(at, true));
    case 10:
      return halfOf(view.getUint16(at, true));
    case 11:
      return view.getFloat64(at, true);
    case 12:
      return view.getUint32(at, true);
    case 13:
      return Number(view.getBigUint64(at, true));
  }
}

/** The float32 elements of little-endian bytes. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes); // the slice of Node's Buffer would not copy
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** The integers in little-endian bytes. */
export function integersIn(dtype: DType, bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = widthOf(dtype);
  const at = (place: number): bigint =>
    dtype === DType.int64 ? view.getBigInt64(place, true) : dtype === DType.uint64 ? view.getBigUint64(place, true) : BigInt(numberAt(view, place, dtype));
  return Array.from({ length: bytes.length / width }, (_, i) => at(i * width));
}
