import { refuse } from "../../faults.ts";
import { describe, type Value } from "../../onnx/graphNode.ts";
import type { Reading } from "./mapped.ts";
import { broadcast, identity, together } from "./requirements.ts";

/** Shape of a (batched) matrix product; a vector stands for one row on the left and one column on the right. */
export function productShape(a: Value, b: Value): number[] {
  const x = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const y = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  if (a.dims.length === 0 || b.dims.length === 0) refuse("a scalar is no operand of a matrix product");
  if (x[x.length - 1] !== y[y.length - 2]) refuse(`its operands ${describe(a)} and ${describe(b)} do not fit each other`);
  const batch = broadcast(x.slice(0, -2), y.slice(0, -2));
  return [...batch, ...(a.dims.length === 1 ? [] : [x[x.length - 2]]), ...(b.dims.length === 1 ? [] : [y[y.length - 1]])];
}

/** Rows of the left operand and columns of the right one lie together. */
export function productReads(a: Value, b: Value): [Reading, Reading] {
  const elements = a.dims[a.dims.length - 1];
  const rank = b.dims.length;
  return [
    { perm: identity(a.dims.length), elements },
    { perm: rank < 2 ? identity(rank) : together(rank, [rank - 1, rank - 2]), elements },
  ];
}
