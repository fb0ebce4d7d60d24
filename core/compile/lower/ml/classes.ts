import { DType } from "../../../tensor/dtype.ts";
import type { Attributes } from "../../../onnx/model.ts";
import { integerAttribute } from "../lowering.ts";
import type { Writer } from "../writer.ts";

/** The labels of a classifier's classes, in their order: whole numbers. */
export const labelsNamed = (attributes: Attributes, name: string): readonly bigint[] => attributes.bigints(name) ?? [];

/** A label without axes, int64. */
export const scalarLabel = (w: Writer, value: bigint): string => labels(w, [], [value]);

/** One of two labels for every row, int64. */
export const either = (w: Writer, condition: string, yes: bigint, no: bigint): string => w.of("Where", [condition, scalarLabel(w, yes), scalarLabel(w, no)]);

const labels = (w: Writer, dims: readonly number[], values: readonly bigint[]): string =>
  w.keep({ dtype: DType.int64, dims, data: new Uint8Array(BigInt64Array.from(values).buffer) });

/** The label of the first of the greatest scores [rows, classes] for every row. */
export function labelOfGreatest(w: Writer, scores: string, values: readonly bigint[]): string {
  const place = w.of("ArgMax", [scores], [integerAttribute("axis", 1), integerAttribute("keepdims", 0)]);
  return values.every((value, i) => value === BigInt(i)) ? place : w.of("Gather", [labels(w, [values.length], values), place]);
}
