/** How fast tensors are committed to. */
import { hash } from "node:crypto";
import { LEAF, TensorTree } from "../../core/merkle/tensorTree.ts";
import { DType } from "../../core/tensor/dtype.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import { createCommitter } from "../../oracle/runtime/committing.ts";
import type { Target } from "./target.ts";

/** MB/s, all of the same bytes. */
export interface Hashing {
  /** `crypto.hash` of the leaves alone, one by one: into bytes, as a tree needs them, and into the hex digits that it gives by default. */
  leaves: { bytes: number; digits: number };
  /** A tensor's whole tree in this thread. */
  tree: number;
  /** The same by one committing thread, and by two. */
  threads: readonly [one: number, two: number];
}

const BYTES = 64 * 2 ** 20;
const ROUNDS = 5;

export async function measureHashing(): Promise<Hashing> {
  const data = new Uint8Array(new SharedArrayBuffer(BYTES));
  for (let i = 0; i < BYTES; i++) data[i] = (i * 2654435761) >>> 24;
  const tensor: Tensor = { dtype: DType.uint8, dims: [BYTES], perm: [0], source: { kind: "computed", id: 0 } };
  const leavesAs = (encoding: "buffer" | "hex") => () => {
    for (let at = 0; at < BYTES; at += LEAF) hash("sha256", data.subarray(at, at + LEAF), encoding);
  };
  const committers = [createCommitter(1, 0), createCommitter(2, 0)] as const;
  const works: (() => unknown)[] = [
    leavesAs("buffer"),
    leavesAs("hex"),
    () => new TensorTree(tensor, data),
    ...committers.map((committer) => () => committer.commit([tensor], [data])),
  ];
  const best = works.map(() => Infinity);
  // In turns, so that whatever else the machine does meets all alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, work] of works.entries()) {
      const started = performance.now();
      await work();
      best[i] = Math.min(best[i], performance.now() - started);
    }
  }
  await Promise.all(committers.map((committer) => committer.close()));
  const [bytes, digits, tree, one, two] = best.map((ms) => BYTES / 1e3 / ms);
  return { leaves: { bytes, digits }, tree, threads: [one, two] };
}

export function hashingTargets({ leaves, tree, threads: [one, two] }: Hashing): Target[] {
  return [
    { name: "tree against its leaves hashed alone", measured: tree / leaves.bytes, limit: 0.85, atLeast: true, unit: "" },
    { name: "two committing threads against one", measured: two / one, limit: 1.7, atLeast: true, unit: "" },
  ];
}
