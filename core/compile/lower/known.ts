import { numbersOf } from "../../onnx/tensor.ts";
import { DType, isDType } from "../../tensor/dtype.ts";
import type { Known, Site } from "./lowering.ts";

/** The shape of a value without empty axes, where all of it is known. */
export function wholeDims(known: Known | undefined): readonly number[] | undefined {
  const dims = known?.dims.filter((dim) => typeof dim === "number" && dim > 0);
  return dims?.length === known?.dims.length ? (dims as number[] | undefined) : undefined;
}

/** The same of a float32 value. */
export const floatDims = (known: Known | undefined): readonly number[] | undefined => (known?.dtype === DType.float32 ? wholeDims(known) : undefined);

/** The element type of a value, where a program can have it. */
export const typeOf = (known: Known | undefined): DType | undefined => (known !== undefined && isDType(known.dtype) ? known.dtype : undefined);

/** The numbers of a value that is a constant. */
export const constantNumbers = (known: Known | undefined): number[] | undefined => known?.constant && numbersOf(known.constant);

/** The words for that condition. */
export const FLOAT = "its input is float32";

/** The place of an axis, counted from the end where it is negative; undefined where there is none. */
export function axisOf(given: number, rank: number): number | undefined {
  const axis = given < 0 ? given + rank : given;
  return axis >= 0 && axis < rank ? axis : undefined;
}

/** The axes from one on. */
export const axesFrom = (first: number, rank: number): number[] => Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);

/** Whether nobody reads another output than the first. */
export const hasOneResult = (site: Site): boolean => !site.node.output.some((_, i) => i > 0 && readsOutput(site, i));

/** Whether somebody reads an output of the node. */
export const readsOutput = ({ node, isRead }: Site, i: number): boolean => (node.output[i] ?? "") !== "" && isRead(node.output[i]);
