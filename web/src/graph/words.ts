import { sizeOf } from "../../../core/tensor/shape.ts";
import { MARKS, type Mark } from "./marks.ts";
import type { ModelNode } from "./modelGraph.ts";

/** "float32 [1, 8, 8]"; of a scalar only the type. */
export const typeOf = ({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): string => (shape.length === 0 ? dtype : `${dtype} [${shape.join(", ")}]`);

/** What a node is besides its operator. */
export const kindOf = ({ row, isOutput }: ModelNode): string => (row === undefined ? "input" : isOutput ? `output · ${row.rule}` : row.rule);

/** What a screen reader says of a node: all that stands on it, in that order, and its names. */
export function labelOf(node: ModelNode, mark?: Mark): string {
  const { row, tensor, isOutput } = node;
  const seen = [row?.op ?? tensor, kindOf(node), typeOf(node), ...(mark === undefined ? [] : [MARKS[mark]])].join(" ");
  return [seen, ...(row === undefined ? [] : [row.name]), ...(isOutput ? [tensor] : [])].join(", ");
}

/** Products, or other operands, of the whole node. */
export const operandsOf = ({ shape, row }: ModelNode): number => sizeOf(shape) * (row?.positions ?? 1);
