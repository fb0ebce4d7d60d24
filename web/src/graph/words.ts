import { sizeOf } from "../../../core/tensor/shape.ts";
import { MARKS, type Mark } from "./marks.ts";
import type { ModelNode } from "./modelGraph.ts";

/** "float32 [1, 8, 8]"; of a scalar only the type. */
export const typeOf = ({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): string => (shape.length === 0 ? dtype : `${dtype} [${shape.join(", ")}]`);

/** What a node is besides its operator. */
export const kindOf = ({ row, isOutput }: ModelNode): string => (row === undefined ? "input" : isOutput ? `output · ${row.rule}` : row.rule);

/** What a screen reader says of a node. */
export function labelOf(node: ModelNode, mark?: Mark): string {
  const { row, tensor, isOutput } = node;
  const what = row === undefined ? `input ${tensor}` : `${row.op} ${row.name}, rule ${row.rule}`;
  return [what, typeOf(node), isOutput && `output ${tensor}`, mark && MARKS[mark]].filter(Boolean).join(", ");
}

/** Products, or other operands, of the whole node. */
export const operandsOf = ({ shape, row }: ModelNode): number => sizeOf(shape) * (row?.positions ?? 1);
