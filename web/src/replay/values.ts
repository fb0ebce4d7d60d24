import { widthOf } from "../../../core/tensor/dtype.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import type { TensorSpec } from "../../../core/tensor/tensor.ts";
import type { ShownValues } from "./examination.ts";

/** Values of a tensor that are shown. */
const SHOWN = 1_024;

/** @param given and @param own row-major bytes, where they are known */
export function shownValues(tensor: number, spec: TensorSpec, given: Uint8Array | undefined, own: Uint8Array | undefined): ShownValues {
  const count = sizeOf(spec.dims);
  return { tensor, dtype: spec.dtype, count, given: given && bitsOf(spec, given), own: own && bitsOf(spec, own), difference: given && own && firstDifference(spec, given, own) };
}

function bitsOf({ dtype, dims }: TensorSpec, bytes: Uint8Array): bigint[] {
  const reader = new BytesReader({ dtype, dims, perm: dims.map((_, axis) => axis), source: { kind: "computed", id: 0 } }, bytes);
  return Array.from({ length: Math.min(SHOWN, sizeOf(dims)) }, (_, i) => reader.bits(i));
}

/** Row-major index of the first element that differs. */
function firstDifference({ dtype }: TensorSpec, given: Uint8Array, own: Uint8Array): number | undefined {
  const at = given.findIndex((byte, i) => byte !== own[i]);
  return at < 0 ? undefined : Math.floor(at / widthOf(dtype));
}
