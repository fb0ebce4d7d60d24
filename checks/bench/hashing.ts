/** How fast tensors are committed to. */
import { createHash } from "node:crypto";
import { LEAF, TensorTree } from "../../core/merkle/tensorTree.ts";
import { DType } from "../../core/tensor/dtype.ts";

export interface Hashing {
  /** MB/s of a tensor's whole tree. */
  tree: number;
  /** MB/s of the leaves alone, hashed one by one: what the tree could reach. */
  leaves: number;
}

const BYTES = 64 * 2 ** 20;
const ROUNDS = 3;

export function measureHashing(): Hashing {
  const data = Uint8Array.from({ length: BYTES }, (_, i) => (i * 2654435761) >>> 24);
  const best = (work: () => unknown): number => {
    let seconds = Infinity;
    for (let i = 0; i < ROUNDS; i++) {
      const started = performance.now();
      work();
      seconds = Math.min(seconds, (performance.now() - started) / 1000);
    }
    return BYTES / 1e6 / seconds;
  };
  const tree = best(() => new TensorTree({ dtype: DType.uint8, dims: [BYTES] }, data));
  const leaves = best(() => {
    for (let at = 0; at < BYTES; at += LEAF) createHash("sha256").update(data.subarray(at, at + LEAF)).digest();
  });
  return { tree, leaves };
}
