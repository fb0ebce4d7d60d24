import type { Constant } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";

const VIEWS: ReadonlyMap<number, (value: number) => ArrayBufferView> = new Map<number, (value: number) => ArrayBufferView>([
  [DType.float32, (value) => Float32Array.of(value)],
  [DType.float64, (value) => Float64Array.of(value)],
  [DType.int8, (value) => Int8Array.of(value)],
  [DType.int16, (value) => Int16Array.of(value)],
  [DType.uint32, (value) => Uint32Array.of(value)],
  [DType.uint64, (value) => BigUint64Array.of(BigInt(value))],
  [DType.int32, (value) => Int32Array.of(value)],
  [DType.int64, (value) => BigInt64Array.of(BigInt(value))],
]);

/** A number as a constant without axes, rounded to the type of floating point numbers, or whole. */
export function scalar(dtype: number, value: number): Constant {
  const view = VIEWS.get(dtype)?.(value);
  if (view === undefined) throw new RangeError(`no scalar of type ${dtype} is written`);
  return { dtype: dtype as DType, dims: [], data: new Uint8Array(view.buffer) };
}
