import { concat, getBytes, keccak256 } from "ethers";
import { KeccakTree, headerLeaf, rowLeaf } from "../merkle/keccakTree.ts";
import { TraceTree } from "../merkle/traceTree.ts";
import { encodeRow, u32 } from "./row.ts";
import { Rule, type Node, type Program } from "./types.ts";
import type { Tensor, TensorSpec } from "../tensor/tensor.ts";

const u8 = (x: number) => Uint8Array.of(x);
const spec = (t: TensorSpec) => [u8(t.dtype), u8(t.dims.length), ...t.dims.map(u32)];

/** Canonical header bytes (docs/protocol.md §1.5). */
export const encodeHeader = (p: Program): Uint8Array =>
  getBytes(
    concat([
      u8(1),
      u32(p.tensorCount),
      u32(p.nodes.length),
      u8(p.inputs.length),
      ...p.inputs.flatMap(spec),
      u8(p.outputs.length),
      ...p.outputs.flatMap((o) => [u32(o.id), ...spec(o)]),
    ]),
  );

/** Tree of a program: leaf 0 is the header, leaf `i + 1` row `i`. */
export const programTree = (p: Program): KeccakTree =>
  new KeccakTree([headerLeaf(encodeHeader(p)), ...p.nodes.map((n) => rowLeaf(encodeRow(n)))]);

/** Tree of a trace: leaf `i` is the root of computed tensor `i`. */
export const traceTree = (tensorRoots: readonly string[]): TraceTree => new TraceTree(tensorRoots);

/** Depth of every trace tree of a program. */
export const traceDepth = ({ tensorCount }: Program): number => Math.ceil(Math.log2(Math.max(1, tensorCount)));

/** Trace ids (numbers of tensors in a trace) of the graph's inputs and outputs, ascending, each once. */
export const boundaryIds = ({ inputs, outputs }: Program): number[] =>
  [...new Set([...inputs.keys(), ...outputs.map(({ id }) => id)])].sort((a, b) => a - b);

/** Descriptors of the computed tensors by trace id; graph inputs and outputs are laid out row-major. */
export function tracedTensors(p: Program): Tensor[] {
  const tensors = p.inputs.map<Tensor>((t, id) => ({ ...t, perm: t.dims.map((_, a) => a), source: { kind: "computed", id } }));
  for (const node of p.nodes) tensors[outputId(node)] = node.output;
  return tensors;
}

/**
 * Whether a rule leaves a choice within an error bound. In a program without such rules every number has one right value, but for
 * those of docs/protocol.md §2.10.
 */
export const hasBounds = ({ nodes }: Program): boolean => nodes.some(({ rule }) => rule === Rule.bound);

/** Trace id of a node's output. */
export function outputId(node: Node): number {
  if (node.output.source.kind !== "computed") throw new Error("the output of a node must be a computed tensor");
  return node.output.source.id;
}

/** Trace ids of the computed tensors that a node reads. */
export const inputIds = (node: Node): number[] => node.inputs.flatMap((t) => (t?.source.kind === "computed" ? [t.source.id] : []));

/** Commitment to inline job input or output bytes (docs/protocol.md §1.7). */
export const inlineCommitment = (bytes: Uint8Array): string => keccak256(concat(["0x00", bytes]));

/** Commitment to an input by its tensor roots (docs/protocol.md §1.7). */
export const rootsCommitment = (roots: readonly string[]): string => keccak256(concat(["0x01", ...roots]));
