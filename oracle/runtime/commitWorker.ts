/** The inside of a committing thread: does the steps of one batch, each taken by whoever of the threads is free. */
import { parentPort } from "node:worker_threads";
import { toCommitOrder, type Laid } from "../../core/merkle/commitOrder.ts";
import { TreeHashes } from "../../core/merkle/treeHashes.ts";
import type { SharedBytes } from "./sharedBytes.ts";

export type Step =
  /** Rearranges row-major bytes into commit order. */
  | { readonly kind: "arrange"; readonly tensor: Laid; readonly from: SharedBytes; readonly into: SharedBytes }
  /** Hashes one subtree of a tensor's tree. */
  | { readonly kind: "hash"; readonly data: SharedBytes; readonly leaves: number; readonly hashes: SharedArrayBuffer; readonly height: number; readonly index: number };

export interface Batch {
  /** Lists of steps: those of one list follow each other, the lists wait for nothing. */
  readonly lists: readonly (readonly Step[])[];
  /** One word: the next list that nobody has taken. */
  readonly next: Int32Array<SharedArrayBuffer>;
}

function take(step: Step): void {
  if (step.kind === "arrange") toCommitOrder(step.tensor, step.from, step.into);
  else new TreeHashes(step.leaves, step.hashes).hashSubtree(step.data, step.height, step.index);
}

parentPort?.on("message", ({ lists, next }: Batch) => {
  for (let i = Atomics.add(next, 0, 1); i < lists.length; i = Atomics.add(next, 0, 1)) lists[i].forEach(take);
  parentPort?.postMessage("done");
});
