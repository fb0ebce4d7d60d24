import { create } from "@bufbuild/protobuf";
import { isDType, widthOf, type DType } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import { numberAt } from "../tensor/numbers.ts";
import { refuse } from "../faults.ts";
import { TensorProtoSchema, type TensorProto } from "./onnx_pb.js";

/** A constant of the graph: its raw little-endian elements in row-major order. */
export interface Constant {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** ONNX's names of the element types that the protocol does not carry. */
const OTHER_TYPES: Record<number, string> = {
  8: "string", 14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn", 18: "float8e4m3fnuz",
  19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1", 24: "float8e8m0", 25: "uint2", 26: "int2",
};

/** Why no tensor of a program may have elements of that type. */
export const whyNoDType = (code: number): string => (code === 0 ? "the type of its elements is not stated" : `elements of type ${OTHER_TYPES[code] ?? code} are not supported`);

/** The element type of that code; refuses the ones that no tensor of a program may have. */
export function toDType(code: number): DType {
  return isDType(code) ? code : refuse(whyNoDType(code));
}

/** A dimension of a constant as a number. */
function toDim(dim: bigint): number {
  if (dim < 0n || dim >= 1n << 32n) refuse(`the dimension ${dim} is out of range`);
  return Number(dim);
}

function rawBytes(tensor: TensorProto, dtype: DType): Uint8Array {
  if (tensor.rawData.length > 0) return tensor.rawData;
  const from = <T extends ArrayBufferView>(array: T): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  switch (dtype) {
    case 1:
      return from(Float32Array.from(tensor.floatData));
    case 11:
      return from(Float64Array.from(tensor.doubleData));
    case 7:
      return from(BigInt64Array.from(tensor.int64Data));
    case 13:
      return from(BigUint64Array.from(tensor.uint64Data));
    case 12:
      return from(Uint32Array.from(tensor.uint64Data, Number));
    default: {
      // The narrower types travel as int32 each; float16 as its bits.
      const width = widthOf(dtype);
      const bytes = new Uint8Array(tensor.int32Data.length * width);
      const view = new DataView(bytes.buffer);
      tensor.int32Data.forEach((value, i) => {
        if (width === 1) view.setInt8(i, value);
        else if (width === 2) view.setInt16(2 * i, value, true);
        else view.setInt32(4 * i, value, true);
      });
      return bytes;
    }
  }
}

/** Reads a tensor; refuses one whose data does not fill its shape. External data must have been embedded before. */
export function readConstant(tensor: TensorProto): Constant {
  const dtype = toDType(tensor.dataType);
  const dims = tensor.dims.map(toDim);
  const data = rawBytes(tensor, dtype);
  const expected = sizeOf(dims) * widthOf(dtype);
  if (data.length !== expected) refuse(`its shape [${dims}] needs ${expected} bytes of data, the file holds ${data.length}`);
  return { dtype, dims, data };
}

/** A constant as it stands in a graph: its data as raw bytes and nothing else. */
export const constantOf = (name: string, { dtype, dims, data }: Constant): TensorProto =>
  create(TensorProtoSchema, { name, dataType: dtype, dims: dims.map(BigInt), rawData: data });

/** The elements of a constant as numbers; integers beyond 2⁵³ are refused. */
export function numbersOf(constant: Constant): number[] {
  const { dtype } = constant;
  const values = nearNumbersOf(constant);
  const wide = dtype === 7 || dtype === 13 ? values.find((value) => !Number.isSafeInteger(value)) : undefined;
  return wide === undefined ? values : refuse(`the value ${wide} is out of range`);
}

/** The same with integers beyond 2⁵³ as the nearest number of binary64. */
export function nearNumbersOf({ dtype, data }: Constant): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const width = widthOf(dtype);
  return Array.from({ length: data.length / width }, (_, i) => numberAt(view, i * width, dtype));
}
