import { DType } from "../../../tensor/dtype.ts";
import { integerAttribute, type Site } from "../lowering.ts";
import type { Writer } from "../writer.ts";
import { belowFloat32, belowFloat64, type Below } from "./forest.ts";
import type { Features } from "./traversal.ts";

/** Operators that trees are written in. */
export const TREES_INTO = [
  ...["Cast", "Gather", "GatherElements", "LessOrEqual", "IsNaN", "And", "Or", "Where", "Equal", "Identity"],
  ...["Reshape", "Slice", "MatMul", "ReduceMax", "Mul", "Div", "Add", "Transpose"],
];

/** Types of a node's first input that become float32, which the runtime compares them as, too. */
const CAST: readonly number[] = [DType.int32, DType.int64];

/** The matrix that a node's first input is, in float32 or float64; undefined where it is none, or its shape is not known. */
export function featuresOf(w: Writer, { node, inputs: [x] }: Site): (Features & { readonly columns: number; readonly below: Below }) | undefined {
  const [rows, columns] = x?.dims ?? [];
  if (x === undefined || x.dims.length !== 2 || typeof rows !== "number" || typeof columns !== "number") return undefined;
  const [name] = node.input;
  if (x.dtype === DType.float64) return { name, dtype: DType.float64, rows, columns, below: belowFloat64 };
  if (x.dtype !== DType.float32 && !CAST.includes(x.dtype)) return undefined;
  return { name: x.dtype === DType.float32 ? name : asFloat(w, name), dtype: DType.float32, rows, columns, below: belowFloat32 };
}

/** A matrix of float32 numbers. */
export interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}

/** The words for that condition. */
export const MATRIX = "its input is a matrix of float32, float64, int32 or int64 numbers";

/** The matrix that a node's first input is, rounded to float32 as the runtime does; undefined where it is none, or its shape is not known. */
export function floatsOf(w: Writer, site: Site): Matrix | undefined {
  const x = featuresOf(w, site);
  return x === undefined || x.dtype === DType.float32 ? x : { ...x, name: asFloat(w, x.name) };
}

/** A value rounded to float32. */
export const asFloat = (w: Writer, name: string): string => w.of("Cast", [name], [integerAttribute("to", DType.float32)]);
