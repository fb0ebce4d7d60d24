import { dataLength } from "ethers";
import { encodeAbi } from "../abi.ts";
import { fromHex } from "../bytes.ts";
import { LEAF, type Multiproof } from "../merkle/tensorTree.ts";
import type { TracePaths, TraceTree } from "../merkle/traceTree.ts";
import { boundaryIds, encodeHeader, programTree, traceTree } from "../program/program.ts";
import { BytesReader, elementBits, type TensorReader } from "../tensor/reader.ts";
import { RecordingReader } from "../merkle/recordingReader.ts";
import { encodeRow } from "../program/row.ts";
import { byteLength, commitOffset, sizeOf } from "../tensor/shape.ts";
import { widthOf } from "../tensor/dtype.ts";
import type { Program } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { KeccakTree } from "../merkle/keccakTree.ts";
import { isCanonical } from "../tensor/canonical.ts";
import { twinOf } from "../operators/index.ts";
import { paddingIsZero } from "./elements.ts";
import type { OpTwin } from "../operators/twin.ts";
import { TRANSACTION, costOf, fits, furthest, type Limits } from "./budget.ts";
import { Steps } from "./steps.ts";

export const OPENING = "tuple(uint32[] leaves, bytes data)";
const PATHS = "tuple(bytes32[] path, bytes32[] siblings)";
export const TRACE_OPENING =
  "tuple(bytes header, bytes32[] headerPath, bytes32[] top, bytes32[] siblings, bytes32[] inputRoots, bytes input, bytes output)";
export const PROOF = `tuple(uint256 node, bytes row, bytes32[] rowPath, uint256 element, ${PATHS}[] members, ${OPENING} output, ${OPENING}[] inputs, bytes carried)`;

/** One step of a judgement in pieces: the operands from the end of the step before up to the position `until`. */
export interface Piece {
  readonly until: number;
  readonly proof: string;
}

/** A judgement in as few transactions as possible: all pieces in order, then the proof. */
export interface PiecewiseProof {
  readonly pieces: readonly Piece[];
  readonly proof: string;
  readonly admissible: boolean;
}

/** The trees of all tensors that a proof may open. */
export interface TraceTrees<Tree extends OpenTree = OpenTree> {
  /** Tree of computed tensor `id`. */
  computed(id: number): Tree;
  /** Tree of the constant with this root. */
  constant(root: string): OpenTree;
}

/** A tensor that can be read and opened, perhaps in a few leaves only. */
export interface OpenTree {
  readonly root: string;
  /** Bytes in commit order. */
  readonly data: Uint8Array;
  prove(leaves: Iterable<number>): Multiproof;
}

/**
 * What an operator shows when challenged (the contract's `TraceOpening`). `input` is empty for a job whose input was
 * committed by its tensor roots; `output` is the job's as it was submitted, roots if the program has it by roots.
 */
export function encodeTraceOpening(program: Program, tensorRoots: readonly string[], input: Uint8Array, output: Uint8Array): string {
  const trace = traceTree(tensorRoots);
  const inputRoots = input.length > 0 ? [] : tensorRoots.slice(0, program.inputs.length);
  const shown = [trace.below(0, 0), trace.prove(boundaryIds(program)), inputRoots];
  return encodeAbi([TRACE_OPENING], [[encodeHeader(program), programTree(program).path(0), ...shown, input, output]]);
}

/** The hashes that everybody learns from an opening: those that the place of the trace's root stands for. */
export const decodeTop = (shown: string): Uint8Array[] =>
  Array.from({ length: (shown.length - 2) / 64 }, (_, i) => fromHex(`0x${shown.slice(2 + 64 * i, 66 + 64 * i)}`));

/** The tree of `tensor` in this trace. */
export const treeOf = (trees: TraceTrees, tensor: Tensor): OpenTree =>
  tensor.source.kind === "computed" ? trees.computed(tensor.source.id) : trees.constant(tensor.source.root);

/** Readers of all inputs of a node. */
export const readersOf = (trees: TraceTrees, inputs: readonly (Tensor | undefined)[]): (TensorReader | undefined)[] =>
  inputs.map((t) => t && new BytesReader(t, treeOf(trees, t).data));

/** Little-endian bits of an element, by its row-major index. */
export const claimedBits = (trees: TraceTrees, tensor: Tensor, element: number): bigint =>
  elementBits(new BytesReader(tensor, treeOf(trees, tensor).data), element);

/** Builds proofs about one program and one trace. */
export class Prover<Tree extends OpenTree = OpenTree> {
  readonly program: Program;
  readonly trees: TraceTrees<Tree>;
  readonly #programTree: KeccakTree;
  readonly #trace: TracePaths;
  /** For a trace of which every tree is known. */
  readonly #whole: TraceTree | undefined;

  /** `trace` is the known part of the trace tree, for a trace of which some trees are unknown. */
  constructor(program: Program, trees: TraceTrees<Tree>, trace?: TracePaths) {
    this.program = program;
    this.trees = trees;
    this.#programTree = programTree(program);
    this.#whole = trace === undefined ? traceTree(Array.from({ length: program.tensorCount }, (_, id) => trees.computed(id).root)) : undefined;
    this.#trace = trace ?? this.#whole!;
  }

  get traceRoot(): string {
    return this.#trace.root;
  }

  /** Updates the root of a computed tensor whose tree was changed in place. */
  refresh(id: number): void {
    if (this.#whole === undefined) throw new Error("the tree of a trace that is known in part cannot change");
    this.#whole.set(id, this.trees.computed(id).root);
  }

  get programRoot(): string {
    return this.#programTree.root;
  }

  /** Whether element `element` of node `index` is admissible in this trace, by the twin. */
  admissible(twin: OpTwin, index: number, element: number): boolean {
    const node = this.program.nodes[index];
    return twin(node, element, claimedBits(this.trees, node.output, element), readersOf(this.trees, node.inputs));
  }

  /**
   * Encodes the contract's `Proof` about one element, and returns the twin's verdict on it. The proof opens exactly the
   * leaves that the twin reads.
   */
  prove(twin: OpTwin, index: number, element: number): { proof: string; admissible: boolean } {
    const node = this.program.nodes[index];
    const { readers, opened } = this.#record(index);
    const admissible = twin(node, element, claimedBits(this.trees, node.output, element), readers);
    return { proof: this.#encode(index, element, opened(), this.#outputLeaf(index, element)), admissible };
  }

  /**
   * Proves one element in as few transactions as the limits allow: in one if it fits or cannot be judged in pieces, else
   * with as many operands in every piece as fit. Throws if not even one position fits.
   */
  provePieces(twin: OpTwin, index: number, element: number, limits: Limits = TRANSACTION): PiecewiseProof {
    const node = this.program.nodes[index];
    const claimed = claimedBits(this.trees, node.output, element);
    const { reduction } = twinOf(node);
    // A value that is not in canonical form convicts whatever its inputs are.
    if (reduction === undefined || !isCanonical(node.output.dtype, claimed)) return { pieces: [], ...this.prove(twin, index, element) };
    const length = reduction.length(node);
    let guess = Math.ceil(limits.bytes / reduction.bytes(node));
    const costUntil = (carried: string, until: number, concluding: boolean): Limits => this.cost(index, element, carried, until, concluding);

    const pieces: Piece[] = [];
    for (let from = 0, carried = "0x"; ; ) {
      const until = furthest(from, length, guess, (position) => fits(costUntil(carried, position, false), limits));
      if (until === length && fits(costUntil(carried, length, true), limits)) {
        const { readers, opened } = this.#record(index);
        const admissible = reduction.admissibleAfter(node, element, claimed, carried, readers);
        return { pieces, proof: this.#encode(index, element, opened(), this.#outputLeaf(index, element), carried), admissible };
      }
      if (until === from) {
        const { bytes, gas } = costUntil(carried, Math.min(from + 1, length), false);
        throw new RangeError(
          `not even one position of node "${this.program.nodes[index].name}" fits ${limits.bytes} bytes and ${limits.gas} gas: it takes ${bytes} and ${gas}`,
        );
      }
      const { readers, opened } = this.#record(index);
      const next = reduction.accumulate(node, element, carried, until, readers);
      pieces.push({ until, proof: this.#encode(index, element, opened(), undefined, carried) });
      guess = until - from;
      [from, carried] = [until, next];
    }
  }

  /** Upper bound of the next step of a reduction: a piece up to the position `until`, or the conclusion. */
  cost(index: number, element: number, carried: string, until: number, concluding: boolean): Limits {
    const node = this.program.nodes[index];
    const { reduction, name } = twinOf(node);
    if (reduction === undefined) throw new RangeError(`${name} is judged whole`);
    const { readers } = this.#record(index);
    const work = reduction.work(node, element, reduction.position(node, carried), until, readers, carried);
    return costOf(new Steps(this.program, node).step(readers, work, { concluding, carried: dataLength(carried) }));
  }

  /** Readers of a node's inputs that note what they read, and a way to open exactly that. */
  #record(index: number): { readers: Readers; opened: () => Opened[] } {
    const { inputs } = this.program.nodes[index];
    const readers = readersOf(this.trees, inputs).map((r) => r && new RecordingReader(r));
    return { readers, opened: () => inputs.map((t, i) => this.#open(t, readers[i]?.leaves ?? new Set())) };
  }

  /** Proves that bytes past the output's last element are not zero in `leaf`. */
  provePadding(index: number, leaf: number): string {
    const { output, inputs } = this.program.nodes[index];
    return this.#encode(index, sizeOf(output.dims), inputs.map(() => this.#open(undefined, new Set())), leaf);
  }

  #outputLeaf(index: number, element: number): number {
    const { output } = this.program.nodes[index];
    return Math.floor((commitOffset(output, element) * widthOf(output.dtype)) / LEAF);
  }

  /** The contract's `Proof`; a piece that does not conclude leaves the output closed. */
  #encode(index: number, element: number, inputs: readonly Opened[], outputLeaf?: number, carried = "0x"): string {
    const node = this.program.nodes[index];
    const output = this.#open(node.output, new Set(outputLeaf === undefined ? [] : [outputLeaf]));
    return encodeAbi(
      [PROOF],
      [
        [
          index,
          encodeRow(node),
          this.#programTree.path(index + 1),
          element,
          [output, ...inputs].map((o) => o.member),
          output.opening,
          inputs.map((o) => o.opening),
          carried,
        ],
      ],
    );
  }

  #open(tensor: Tensor | undefined, leaves: ReadonlySet<number>): Opened {
    if (tensor === undefined || leaves.size === 0) return { member: [[], []], opening: [[], "0x"] };
    const tree = treeOf(this.trees, tensor);
    const proof: Multiproof = tree.prove(leaves);
    const { source } = tensor;
    const path = source.kind === "computed" ? this.#trace.path(source.id) : [];
    return { member: [path, proof.siblings], opening: [proof.leaves, withoutPadding(tensor, proof)] };
  }
}

/** The opened leaves without the zeros after the tensor's last element, which a proof need not show. */
function withoutPadding(tensor: Tensor, { leaves, data }: Multiproof): Uint8Array {
  const last = leaves[leaves.length - 1];
  const end = byteLength(tensor) - last * LEAF;
  const rest = data.subarray((leaves.length - 1) * LEAF);
  if (end <= 0 || end >= LEAF || !paddingIsZero(tensor, last, rest)) return data;
  return data.subarray(0, data.length - LEAF + end);
}

type Readers = readonly (RecordingReader | undefined)[];

/** One tensor in a proof: the paths above and below its root, and the leaves. */
interface Opened {
  readonly member: readonly [path: readonly string[], siblings: readonly Uint8Array[]];
  readonly opening: readonly [readonly number[], Uint8Array | string];
}
