import { DType } from "./dtype.ts";
import type { TensorSpec } from "./tensor.ts";

/** An element of bools whose byte is neither 0 nor 1. */
export interface OddBool {
  readonly name: string;
  readonly element: number;
  readonly byte: number;
}

/** The first of them in these tensors; undefined where there is none. */
export function oddBool(specs: readonly TensorSpec[], tensors: readonly Uint8Array[]): OddBool | undefined {
  for (const [i, { name, dtype }] of specs.entries()) {
    const element = dtype === DType.bool ? tensors[i].findIndex((byte) => byte > 1) : -1;
    if (element !== -1) return { name, element, byte: tensors[i][element] };
  }
  return undefined;
}
