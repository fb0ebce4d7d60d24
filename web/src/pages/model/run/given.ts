import { concatBytes } from "../../../../../core/bytes.ts";
import type { TensorSpec } from "../../../../../core/tensor/tensor.ts";
import { decodeTensor, type Tensor } from "../../../../../sdk/tensors/decode.ts";
import { bytesOf, isEmpty, type Draft } from "./draft.ts";

/** An input as it was given: its bytes, or what is wrong. */
export interface Given {
  readonly bytes?: Uint8Array;
  readonly fault?: unknown;
}

export function givenBy(spec: TensorSpec, draft: Draft): Given {
  if (isEmpty(draft)) return {};
  try {
    return { bytes: bytesOf(spec, draft) };
  } catch (fault) {
    return { fault };
  }
}

/** The tensors that are there. */
export const tensorsOf = (specs: readonly TensorSpec[], given: readonly Given[]): (Tensor | undefined)[] =>
  specs.map((spec, i) => {
    const bytes = given[i]?.bytes;
    return bytes && decodeTensor(spec, bytes);
  });

/** All inputs together; undefined while one is missing. */
export const wholeInput = (given: readonly Given[]): Uint8Array | undefined =>
  given.every(({ bytes }) => bytes !== undefined) ? concatBytes(given.map(({ bytes }) => bytes!)) : undefined;
