import type { TensorTree } from "../../core/merkle/tensorTree.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";

/** Commits to traces, without holding up the event loop. */
export interface Committer {
  /** The tree of every tensor, from its row-major values. */
  commit(tensors: readonly Tensor[], rowMajor: readonly Uint8Array[]): Promise<TensorTree[]>;
  close(): Promise<void>;
}
