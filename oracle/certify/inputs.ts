import { Random } from "../../core/math/random.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import { DType } from "../../core/tensor/dtype.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";

/** Row-major bytes of random inputs: standard normal floats, integers over their full range, fair booleans. */
export function drawInputs(specs: readonly TensorSpec[], seed: number): Uint8Array[] {
  const random = new Random(seed);
  return specs.map((spec) => {
    const size = sizeOf(spec.dims);
    const normals = <T extends Float16Array | Float32Array | Float64Array>(values: T): Uint8Array => {
      for (let i = 0; i < size; i++) values[i] = random.normal();
      return new Uint8Array(values.buffer);
    };
    switch (spec.dtype) {
      case DType.float16:
        return normals(new Float16Array(size));
      case DType.float32:
        return normals(new Float32Array(size));
      case DType.float64:
        return normals(new Float64Array(size));
      case DType.bool:
        return Uint8Array.from({ length: size }, () => random.u32() & 1);
      default:
        return Uint8Array.from({ length: byteLength(spec) }, () => random.u32() & 0xff);
    }
  });
}
