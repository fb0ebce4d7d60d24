import { refuse } from "../../faults.ts";
import type { Value } from "../../onnx/graphNode.ts";
import { numbersOf } from "../../onnx/tensor.ts";
import { dtypeName, type DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { float, typed } from "./requirements.ts";

/** The values of a scale that is a constant, which must be positive and finite; undefined where it is computed. */
export function scaleOf(value: Value): number[] | undefined {
  typed(value, float);
  if (value.constant === undefined) return undefined;
  const scales = numbersOf(value.constant);
  const bad = scales.find((scale) => !(scale > 0) || !Number.isFinite(scale));
  if (bad !== undefined) refuse(`the scale "${value.name}" has the value ${bad}; it must be positive and finite`);
  return scales;
}

/** A zero point, of its tensor's type. */
export function checkZero(value: Value, dtype: DType): void {
  if (value.dtype !== dtype) refuse(`the zero point "${value.name}" is ${dtypeName(value.dtype)}, its tensor ${dtypeName(dtype)}`);
}

/** A zero point for a whole tensor, if there is one. */
export function oneZero(value: Value | undefined, dtype: DType): void {
  if (value === undefined) return;
  checkZero(value, dtype);
  checkSingle(value);
}

function checkSingle(value: Value): void {
  if (sizeOf(value.dims) !== 1) refuse(`"${value.name}" has ${sizeOf(value.dims)} values; only the weights may have several`);
}

/** A scale and zero point for a whole tensor. */
export function perTensor(scale: Value, zero: Value, dtype: DType): number[] | undefined {
  checkZero(zero, dtype);
  checkSingle(scale);
  checkSingle(zero);
  return scaleOf(scale);
}
