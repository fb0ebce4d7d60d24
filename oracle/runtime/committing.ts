import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { transientError } from "../../core/errors.ts";
import { isRowMajor } from "../../core/merkle/commitOrder.ts";
import { leafCount, TensorTree, toCommitOrder, treeDepth } from "../../core/merkle/tensorTree.ts";
import { TreeHashes } from "../../core/merkle/treeHashes.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import type { Committer } from "../ports.ts";
import type { Batch, Step } from "./commitWorker.ts";
import { shared, type SharedBytes } from "./sharedBytes.ts";

/** Fewer bytes are committed to before a thread has started. */
const WORTH_THREADS = 8 * 2 ** 20;
/** Height of the subtrees into which a large tree is cut: 2 MiB of leaves each. */
const PIECE_HEIGHT = 11;
const MOST_THREADS = 4;
/** Milliseconds without work after which the threads end. */
const IDLE = 30_000;

/** Threads that do batches together; they start with the first batch, and end when there is none for a while. */
class Threads {
  readonly #count: number;
  #workers: Worker[] = [];
  #idle: NodeJS.Timeout | undefined;

  constructor(count: number) {
    this.#count = count;
  }

  async work(lists: Batch["lists"]): Promise<void> {
    clearTimeout(this.#idle);
    while (this.#workers.length < this.#count) {
      const worker = new Worker(new URL("./commitWorker.ts", import.meta.url));
      worker.unref();
      this.#workers.push(worker);
    }
    const batch: Batch = { lists, next: new Int32Array(new SharedArrayBuffer(4)) };
    try {
      await Promise.all(this.#workers.map((worker) => done(worker, batch)));
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#idle = setTimeout(() => void this.close(), IDLE).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
  }
}

function done(worker: Worker, batch: Batch): Promise<void> {
  worker.ref();
  worker.postMessage(batch);
  return new Promise<void>((resolve, reject) => {
    const lost = (why: unknown) => reject(transientError("RUNTIME_LOST", `a committing thread ended: ${String(why)}`));
    worker.once("message", () => {
      worker.off("error", lost).off("exit", lost);
      worker.unref();
      resolve();
    });
    worker.once("error", lost).once("exit", lost);
  });
}

/** A tensor whose tree is made, in memory that threads share. */
interface Place {
  readonly tensor: Tensor;
  readonly from: SharedBytes;
  /** The same bytes in commit order: the same memory, where that is row-major. */
  readonly data: SharedBytes;
  readonly hashes: SharedArrayBuffer;
}

function placeOf(tensor: Tensor, rowMajor: Uint8Array): Place {
  const from = shared(rowMajor);
  const data = isRowMajor(tensor) ? from : new Uint8Array(new SharedArrayBuffer(rowMajor.length));
  return { tensor, from, data, hashes: new SharedArrayBuffer(TreeHashes.bytesFor(leafCount(tensor))) };
}

function arranging({ tensor: { dtype, dims, perm }, from, data }: Place): Step[] {
  return from === data ? [] : [{ kind: "arrange", tensor: { dtype, dims, perm }, from, into: data }];
}

/** One step for each piece of a tree. */
function hashing({ tensor, data, hashes }: Place): Step[] {
  const leaves = leafCount(tensor);
  const height = Math.min(treeDepth(tensor), PIECE_HEIGHT);
  const pieces = Math.ceil(leaves / 2 ** height);
  return Array.from({ length: pieces }, (_, index) => ({ kind: "hash", data, leaves, hashes, height, index }));
}

const isLarge = ({ tensor }: Place): boolean => treeDepth(tensor) > PIECE_HEIGHT;

function treeOf({ tensor, data, hashes: memory }: Place): TensorTree {
  const hashes = new TreeHashes(leafCount(tensor), memory);
  hashes.hashAbove(PIECE_HEIGHT);
  return new TensorTree(tensor, data, hashes);
}

/**
 * Commits to large traces on threads of its own. Tensors are taken one by one, large ones in pieces, the largest first, so
 * that all threads end together.
 * @param worth bytes of a trace from which on the threads do it; one with fewer is committed to here
 */
export function createCommitter(
  threads: number = Math.min(MOST_THREADS, availableParallelism()),
  worth = threads < 2 ? Infinity : WORTH_THREADS,
): Committer {
  const pool = new Threads(threads);
  /** One batch at a time: the threads share it. */
  let last: Promise<unknown> = Promise.resolve();

  async function together(tensors: readonly Tensor[], rowMajor: readonly Uint8Array[]): Promise<TensorTree[]> {
    const places = tensors.map((tensor, id) => placeOf(tensor, rowMajor[id]));
    const ordered = places.toSorted((a, b) => b.data.length - a.data.length);
    const large = ordered.filter(isLarge);
    const first = large.map(arranging).filter((steps) => steps.length > 0);
    if (first.length > 0) await pool.work(first);
    const pieces = large.flatMap(hashing).map((step) => [step]);
    const whole = ordered.filter((place) => !isLarge(place)).map((place) => [...arranging(place), ...hashing(place)]);
    await pool.work([...pieces, ...whole]);
    return places.map(treeOf);
  }

  return {
    async commit(tensors, rowMajor) {
      const bytes = tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0);
      if (bytes < worth) return tensors.map((tensor, id) => new TensorTree(tensor, toCommitOrder(tensor, rowMajor[id])));
      const trees = last.then(() => together(tensors, rowMajor));
      last = trees.catch(() => undefined);
      return trees;
    },
    close: () => pool.close(),
  };
}
