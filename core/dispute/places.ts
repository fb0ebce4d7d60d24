import { AbiCoder, keccak256 } from "ethers";
import { encodeAbi } from "../abi.ts";
import { fromHex } from "../bytes.ts";
import type { TensorTree } from "../merkle/tensorTree.ts";
import { encodeRow } from "../program/row.ts";
import { TRACE, spanBelow } from "../merkle/traceTree.ts";
import { treeDepth } from "../merkle/tensorTree.ts";
import { encodeHeader, programTree, traceDepth, traceTree, tracedTensors } from "../program/program.ts";
import type { Program } from "../program/types.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { OPENING } from "./proof.ts";

const coder = AbiCoder.defaultAbiCoder();
const DEMANDS = "tuple(uint256 node, bytes row, bytes32[] rowPath, uint256 slot, uint64[] places)[]";
const TRACE_DEMANDS = "tuple(bytes header, bytes32[] headerPath, uint64[] places)[]";
const MEMBERSHIP = "tuple(bytes32 root, bytes32[] path, bytes32[] siblings)";
const LEAVES_SHOWN = `tuple(uint256 tensorId, uint256 depth, ${MEMBERSHIP} member, ${OPENING} opening)[]`;
const HASHES_SHOWN = `tuple(uint256 tensorId, uint256 index, ${MEMBERSHIP} member, bytes32[] hashes)[]`;
const TRACE_SHOWN = "tuple(uint256 index, bytes32[] siblings, bytes32[] hashes)[]";

/**
 * A part of a trace that can be demanded (docs/protocol.md §4.2): a node of a tensor's tree, by its level below the root and its
 * index in the level. At the level of the leaves it stands for the leaf's content, above for the hashes below the node. In the
 * trace tree itself it stands for the hashes below a node; at the lowest level these are the roots of tensors.
 */
export interface Place {
  /** Id of a tensor, or TRACE. */
  readonly tensor: number;
  readonly level: number;
  readonly index: number;
}

/** Depths of the trees of a program's traces, by the `tensor` of a place. */
export function placeDepths(program: Program): (tensor: number) => number {
  const depths = tracedTensors(program).map(treeDepth);
  const trace = traceDepth(program);
  return (tensor) => (tensor === TRACE ? trace : depths[tensor]);
}

/** The name of a place in the contract; the same place always has the same name. */
export function placeName(place: Place, depth: number): string {
  const count = 2 ** spanBelow(depth, place.level);
  return keccak256(encodeAbi(["uint256", "uint256", "uint256", "uint256"], [place.tensor, place.level, place.index, count]));
}

/**
 * The contract's `(TensorDemand[], TraceDemand[])`. The row of the node that computes a tensor authenticates its places, the
 * header those of the trace tree.
 */
export function encodeDemand(program: Program, places: readonly Place[]): string {
  const tree = programTree(program);
  const groups = byTensor(places);
  const positions = (list: readonly Place[] = []) => list.map(({ level, index }) => (BigInt(level) << 32n) | BigInt(index));
  const roots = positions(groups.get(TRACE));
  groups.delete(TRACE);
  const demands = [...groups].map(([tensor, wanted]) => {
    const { node, slot } = mention(program, tensor);
    return [node, encodeRow(program.nodes[node]), tree.path(node + 1), slot, positions(wanted)];
  });
  return encodeAbi([DEMANDS, TRACE_DEMANDS], [demands, roots.length === 0 ? [] : [[encodeHeader(program), tree.path(0), roots]]]);
}

function byTensor(places: readonly Place[]): Map<number, Place[]> {
  const groups = new Map<number, Place[]>();
  for (const place of places) groups.set(place.tensor, [...(groups.get(place.tensor) ?? []), place]);
  return groups;
}

/** The row and slot by which a tensor is demanded: the node that computes it, or one that reads a graph input. */
function mention(program: Program, tensor: number): { node: number; slot: number } {
  const is = (t: Tensor | undefined) => t?.source.kind === "computed" && t.source.id === tensor;
  const computing = program.nodes.findIndex(({ output }) => is(output));
  if (computing >= 0) return { node: computing, slot: 0 };
  const node = program.nodes.findIndex(({ inputs }) => inputs.some(is));
  if (node < 0) throw new RangeError(`no node computes or reads tensor ${tensor}`);
  return { node, slot: program.nodes[node].inputs.findIndex(is) + 1 };
}

/** The places of a demand that went through. */
export function decodeDemand(program: Program, wanted: string): Place[] {
  type Demands = [{ node: bigint; slot: bigint; places: bigint[] }[], { places: bigint[] }[]];
  const [demands, roots] = coder.decode([DEMANDS, TRACE_DEMANDS], wanted) as unknown as Demands;
  const of = (tensor: number, places: readonly bigint[]): Place[] =>
    Array.from(places, (place) => ({ tensor, level: Number(place >> 32n), index: Number(place & 0xffffffffn) }));
  const ofTensors = Array.from(demands).flatMap(({ node, slot, places }) => {
    const { output, inputs } = program.nodes[Number(node)];
    const tensor = slot === 0n ? output : inputs[Number(slot) - 1];
    if (tensor?.source.kind !== "computed") throw new RangeError("a demand names a tensor that is not computed");
    return of(tensor.source.id, places);
  });
  return [...ofTensors, ...Array.from(roots).flatMap(({ places }) => of(TRACE, places))];
}

/** The part of a reveal that shows one tensor, or the trace tree. */
export interface Shown {
  /** Id of a tensor, or TRACE. */
  readonly tensor: number;
  /** Shown hashes: those some levels below the node at `level`, `index`. Of the trace tree they may be tensor roots. */
  readonly hashes?: { readonly level: number; readonly index: number; readonly below: readonly Uint8Array[] };
  readonly leaves?: { readonly leaves: readonly number[]; readonly data: Uint8Array };
  /** Siblings between the shown part and the root of its tree, bottom level first. */
  readonly siblings: readonly Uint8Array[];
}

/** The contract's `(LeavesShown[], HashesShown[], TraceShown[])`: all of these places, from the operator's own trees. */
export function encodeReveal(trees: readonly TensorTree[], places: readonly Place[]): string {
  const trace = traceTree(trees.map(({ root }) => root));
  const member = (tensor: number, siblings: readonly Uint8Array[]) => [trees[tensor].root, trace.path(tensor), siblings];
  const ofTrace = places.filter(({ tensor }) => tensor === TRACE);
  const ofTensors = places.filter(({ tensor }) => tensor !== TRACE);
  const isLeaf = ({ tensor, level }: Place) => level === trees[tensor].depth;
  const leaves = [...byTensor(ofTensors.filter(isLeaf))].map(([tensor, wanted]) => {
    const proof = trees[tensor].prove(wanted.map(({ index }) => index));
    return [tensor, trees[tensor].depth, member(tensor, proof.siblings), [proof.leaves, proof.data]];
  });
  const hashes = ofTensors
    .filter((place) => !isLeaf(place))
    .map(({ tensor, level, index }) => {
      const tree = trees[tensor];
      const span = spanBelow(tree.depth, level);
      const below = Array.from({ length: 2 ** span }, (_, i) => tree.node(level + span, index * 2 ** span + i));
      return [tensor, index, member(tensor, tree.siblings(level, index)), below];
    });
  const roots = ofTrace.map(({ level, index }) => [index, trace.siblings(level, index), trace.below(level, index)]);
  return encodeAbi([LEAVES_SHOWN, HASHES_SHOWN, TRACE_SHOWN], [leaves, hashes, roots]);
}

type Member = { siblings: string[] };
type Decoded = [
  { tensorId: bigint; member: Member; opening: { leaves: bigint[]; data: string } }[],
  { tensorId: bigint; index: bigint; member: Member; hashes: string[] }[],
  { index: bigint; siblings: string[]; hashes: string[] }[],
];

export function decodeReveal(shown: string): Shown[] {
  const [leaves, hashes, roots] = coder.decode([LEAVES_SHOWN, HASHES_SHOWN, TRACE_SHOWN], shown) as unknown as Decoded;
  const siblings = (member: Member) => Array.from(member.siblings, fromHex);
  return [
    ...Array.from(leaves, ({ tensorId, member, opening }) => ({
      tensor: Number(tensorId),
      leaves: { leaves: Array.from(opening.leaves, Number), data: fromHex(opening.data) },
      siblings: siblings(member),
    })),
    ...Array.from(hashes, ({ tensorId, index, member, hashes: below }) => ({
      tensor: Number(tensorId),
      hashes: { level: member.siblings.length, index: Number(index), below: Array.from(below, fromHex) },
      siblings: siblings(member),
    })),
    ...Array.from(roots, ({ index, siblings: above, hashes: below }) => ({
      tensor: TRACE,
      hashes: { level: above.length, index: Number(index), below: Array.from(below, fromHex) },
      siblings: Array.from(above, fromHex),
    })),
  ];
}

