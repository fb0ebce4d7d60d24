import { numbersOf, type Constant } from "../../../onnx/tensor.ts";
import { DType } from "../../../tensor/dtype.ts";
import { commitStrides, sizeOf, unravel } from "../../../tensor/shape.ts";
import { axisOf } from "../known.ts";
import { integerAttribute, type Known, type Site } from "../lowering.ts";
import type { Writer } from "../writer.ts";

/** How scales and zero points lie beside the numbers: one for all, one for every place along an axis, or one for every block of places. */
export interface Scaling {
  readonly dims: readonly number[];
  readonly axis: number;
  readonly kind: "tensor" | "axis" | "blocks";
  /** Places along the axis that share a scale, where there are blocks. */
  readonly block: number;
}

/** Integer types whose differences are exact in float32. */
export const EXACT: readonly number[] = [DType.uint8, DType.int8, DType.uint16, DType.int16];

/** The scaling that a QuantizeLinear or DequantizeLinear states; undefined where its shapes do not fit. */
export function scalingOf({ attributes }: Site, x: Known, scale: Known): Scaling | undefined {
  const dims = x.dims.map(Number);
  const scales = scale.dims.map(Number);
  if ([...dims, ...scales].some((size) => !(size > 0))) return undefined;
  const axis = axisOf(attributes.int("axis", 1), dims.length);
  const block = attributes.int("block_size", 0);
  if (block === 0) {
    if (sizeOf(scales) === 1) return { dims, axis: 0, kind: "tensor", block: 0 };
    return scales.length === 1 && axis !== undefined && dims[axis] === scales[0] ? { dims, axis, kind: "axis", block: 1 } : undefined;
  }
  if (axis === undefined || block < 1 || scales.length !== dims.length) return undefined;
  const fits = scales.every((count, i) => count === (i === axis ? Math.ceil(dims[i] / block) : dims[i]));
  return fits ? { dims, axis, kind: "blocks", block } : undefined;
}

/** Whether blocks fill the axis, so that a Reshape takes them apart. */
export const isEven = ({ dims, axis, kind, block }: Scaling): boolean => kind !== "blocks" || dims[axis] % block === 0;

/** The tensor's shape with its blocks as an axis of their own. */
export function apart({ dims, axis, kind, block }: Scaling): readonly number[] {
  return kind !== "blocks" ? dims : [...dims.slice(0, axis), dims[axis] / block, block, ...dims.slice(axis + 1)];
}

/** The shape of scales that broadcasts against it. */
export function beside(scaling: Scaling): readonly number[] {
  const { dims, axis, kind } = scaling;
  if (kind === "tensor") return [];
  if (kind === "axis") return dims.map((size, i) => (i === axis ? size : 1));
  return apart(scaling).map((size, i) => (i === axis + 1 ? 1 : size));
}

/** A parameter of the node as float32, in the shape that broadcasts. */
export function parameter(w: Writer, { inputs, node }: Site, i: number, shape: readonly number[]): string {
  const known = inputs[i];
  if (known?.constant !== undefined) return w.constant(shape, Float32Array.from(numbersOf(known.constant)));
  const value = known?.dtype === DType.float32 ? node.input[i] : toFloat(w, node.input[i]);
  return w.reshape(value, known?.dims.map(Number) ?? [], shape);
}

export const toFloat = (w: Writer, x: string): string => w.of("Cast", [x], [integerAttribute("to", DType.float32)]);

/** RN(RN(x − zero) · scale) of constants, as one. */
export function dequantised({ dims, axis, kind, block }: Scaling, x: Constant, scale: Constant, zero: Constant | undefined): Float32Array {
  const [values, scales, zeros] = [numbersOf(x), numbersOf(scale), zero === undefined ? [0] : numbersOf(zero)];
  const strides = commitStrides(scale.dims, scale.dims.map((_, i) => i));
  const placeOf = (i: number): number => {
    if (kind === "tensor") return 0;
    const at = unravel(i, dims);
    return kind === "axis" ? at[axis] : at.reduce((place, c, j) => place + (j === axis ? Math.floor(c / block) : c) * strides[j], 0);
  };
  return Float32Array.from(values, (value, i) => {
    const place = placeOf(i);
    return Math.fround(value - zeros[zeros.length === 1 ? 0 : place]) * scales[place];
  });
}
