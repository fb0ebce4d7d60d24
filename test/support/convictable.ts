import type { Judge, Verdict } from "../../oracle/certify/judge.ts";
import type { Limits } from "../../core/dispute/budget.ts";
import { claimedBits, Prover, readersOf, type TraceTrees } from "../../core/dispute/proof.ts";
import { LEAF, type TensorTree } from "../../core/merkle/tensorTree.ts";
import { twinOf, twin } from "../../core/operators/index.ts";
import { outputId } from "../../core/program/program.ts";
import { RecordingReader } from "../../core/merkle/recordingReader.ts";
import { commitOffset, offsetOf, rowMajorStrides, sizeOf, unravel } from "../../core/tensor/shape.ts";
import { widthOf } from "../../core/tensor/dtype.ts";
import type { Node, Program } from "../../core/program/types.ts";
import type { Random } from "./random.ts";

/** A trace whose values may be changed. */
export interface Lies extends TraceTrees<TensorTree> {
  readonly program: Program;
}

/** Writes an element of a node's output into the trace. */
export function put({ program, computed }: Lies, node: number, element: number, bits: bigint): void {
  const { output } = program.nodes[node];
  const width = widthOf(output.dtype);
  const tree = computed(outputId(program.nodes[node]));
  const at = width * commitOffset(output, element);
  for (let i = 0; i < width; i++) tree.data[at + i] = Number((bits >> BigInt(8 * i)) & 0xffn);
  tree.update([Math.floor(at / LEAF)]);
}

/** Bits that the node's rule forbids there; undefined where a number of tries finds none. */
export function wrongBits(lies: Lies, node: number, element: number, random: Random): bigint | undefined {
  const { output, inputs } = lies.program.nodes[node];
  const readers = readersOf(lies, inputs);
  const { reduction } = twinOf(lies.program.nodes[node]);
  const length = reduction?.length(lies.program.nodes[node]) ?? 0;
  // Of a long sum the operands are gone through once.
  const carried = length === 0 ? "0x" : reduction!.accumulate(lies.program.nodes[node], element, "0x", length, readers);
  const width = 8 * widthOf(output.dtype);
  for (let attempt = 0; attempt < 40; attempt++) {
    const bits = BigInt.asUintN(width, (BigInt(random.u32()) << 32n) | BigInt(random.u32()));
    // In canonical form, or the inputs would not matter.
    if (width === 32 && ((bits & 0x7f800000n) === 0x7f800000n || bits === 0x80000000n)) continue;
    const admitted = reduction === undefined ? twin(lies.program.nodes[node], element, bits, readers) : reduction.admissibleAfter(lies.program.nodes[node], element, bits, carried, readers);
    if (!admitted) return bits;
  }
  return undefined;
}

/**
 * The dearest element of a node: that which reads most, and of those one that lies badly to the leaves. Large tensors are
 * searched along their axes only, from the fullest element on.
 */
export function dearestElement(node: Node, lies: Lies): number {
  const { reduction, admissible } = twinOf(node);
  const { dims } = node.output;
  const size = sizeOf(dims);
  const from = reduction?.fullest(node) ?? Math.floor(size / 2);
  const strides = rowMajorStrides(dims);
  const near = dims.flatMap((dim, a) => Array.from({ length: Math.min(dim, 5) }, (_, i) => {
    const c = unravel(from, dims);
    c[a] = i < 3 ? i : dim - (i - 2);
    return offsetOf(c, strides);
  }));
  const candidates = size <= 40 ? Array.from({ length: size }, (_, i) => i) : [from, ...near, 0, size - 1];
  let [dearest, most] = [from, -1];
  for (const element of new Set(candidates)) {
    const readers = readersOf(lies, node.inputs).map((reader) => reader && new RecordingReader(reader));
    if (reduction === undefined) admissible(node, element, 0n, readers);
    else reduction.work(node, element, 0, Math.min(reduction.length(node), 6_000), readers);
    const cost = readers.reduce((n, reader) => n + 2 * (reader?.leaves.size ?? 0) + (reader?.lines ?? 0), 0);
    if (cost > most) [dearest, most] = [element, cost];
  }
  return dearest;
}

export interface Convicted {
  readonly transactions: number;
  readonly verdict: Verdict;
  /** What the transactions were said to take. */
  readonly costs: readonly Limits[];
}

/**
 * Lies in one element and convicts it, every transaction with just the gas that the budget says it takes. Of an operator that
 * is judged whole that is `whole`.
 */
export async function convict(judge: Judge, lies: Lies, node: number, element: number, wrong: bigint, whole: Limits | undefined): Promise<Convicted> {
  const honest = claimedBits(lies, lies.program.nodes[node].output, element);
  put(lies, node, element, wrong);
  try {
    const prover = new Prover(lies.program, lies);
    const { pieces, proof, admissible } = prover.provePieces(twin, node, element);
    if (admissible) throw new Error("the twin admits what it forbade");
    const row = lies.program.nodes[node];
    const { reduction } = twinOf(row);
    const costs: Limits[] = [];
    if (reduction !== undefined) {
      let carried = "0x";
      for (const { until } of pieces) {
        costs.push(prover.cost(node, element, carried, until, false));
        carried = reduction.accumulate(row, element, carried, until, readersOf(lies, row.inputs));
      }
      costs.push(prover.cost(node, element, carried, reduction.length(row), true));
    } else if (whole !== undefined) costs.push(whole);
    const verdict = await judge.judge(prover.programRoot, prover.traceRoot, proof, pieces, costs.map(({ gas }) => gas));
    return { transactions: pieces.length + 1, verdict, costs };
  } finally {
    put(lies, node, element, honest);
  }
}
