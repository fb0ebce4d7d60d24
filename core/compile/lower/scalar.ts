import type { Constant } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";

/** A number as a constant without axes, rounded to float32 or whole. */
export function scalar(dtype: number, value: number): Constant {
  switch (dtype) {
    case DType.float32:
      return { dtype, dims: [], data: new Uint8Array(Float32Array.of(value).buffer) };
    case DType.int32:
      return { dtype, dims: [], data: new Uint8Array(Int32Array.of(value).buffer) };
    case DType.int64:
      return { dtype, dims: [], data: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) };
    default:
      throw new RangeError(`no scalar of type ${dtype} is written`);
  }
}
