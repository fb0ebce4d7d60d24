import type { TensorReader } from "../tensor/reader.ts";

/** The input at this place, which the node must have. */
export function input(x: readonly (TensorReader | undefined)[], i: number): TensorReader {
  const reader = x[i];
  if (reader === undefined) throw new RangeError(`input ${i} is absent`);
  return reader;
}
