import { AbiCoder, hexlify, keccak256 } from "ethers";
import type { TensorTree } from "../merkle/tensorTree.ts";
import { encodeRow } from "../program/row.ts";
import { programTree, traceTree } from "../program/program.ts";
import type { Program, Tensor } from "../program/types.ts";
import { MEMBERSHIP, OPENING } from "./proof.ts";

const coder = AbiCoder.defaultAbiCoder();
const DEMANDS = "tuple(uint256 node, bytes row, bytes32[] rowPath, uint256 slot, uint64[] places)[]";
const LEAVES_SHOWN = `tuple(uint256 tensorId, uint256 depth, ${MEMBERSHIP} member, ${OPENING} opening)[]`;
const HASHES_SHOWN = `tuple(uint256 tensorId, uint256 index, ${MEMBERSHIP} member, bytes32[] hashes)[]`;

/** Levels between a node and the hashes below it that are shown at once: 64 of them, or all leaves where fewer remain. */
const SPAN = 6;

/**
 * A part of a trace that can be demanded: a node of a tensor's tree by its level below the root and its place in the
 * level. At the level of the leaves the leaf's content is meant, above it the hashes below the node.
 */
export interface Place {
  readonly tensor: number;
  readonly level: number;
  readonly index: number;
}

/** Levels that the hashes stand below the node; 0 for a leaf's content. */
export const spanBelow = (depth: number, level: number): number => Math.min(SPAN, depth - level);

/** The name of a place in the contract; the same place always has the same name. */
export function placeName(place: Place, depth: number): string {
  const count = 2 ** spanBelow(depth, place.level);
  return keccak256(coder.encode(["uint256", "uint256", "uint256", "uint256"], [place.tensor, place.level, place.index, count]));
}

/** The contract's `TensorDemand[]`: every tensor authenticated by the row of the node that computes it. */
export function encodeDemand(program: Program, places: readonly Place[]): string {
  const tree = programTree(program);
  const demands = [...byTensor(places)].map(([tensor, wanted]) => {
    const { node, slot } = mention(program, tensor);
    const list = wanted.map(({ level, index }) => (BigInt(level) << 32n) | BigInt(index));
    return [node, encodeRow(program.nodes[node]), tree.path(node + 1), slot, list];
  });
  return coder.encode([DEMANDS], [demands]);
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
  const [demands] = coder.decode([DEMANDS], wanted) as unknown as [{ node: bigint; slot: bigint; places: bigint[] }[]];
  return Array.from(demands).flatMap(({ node, slot, places }) => {
    const { output, inputs } = program.nodes[Number(node)];
    const tensor = slot === 0n ? output : inputs[Number(slot) - 1];
    if (tensor?.source.kind !== "computed") throw new RangeError("a demand names a tensor that is not computed");
    const { id } = tensor.source;
    return Array.from(places, (place) => ({ tensor: id, level: Number(place >> 32n), index: Number(place & 0xffffffffn) }));
  });
}

/** What a reveal shows of one tensor. */
export interface Shown {
  readonly tensor: number;
  /** Nodes whose hashes are shown: some levels below the node at `level`, `index`. */
  readonly hashes?: { readonly level: number; readonly index: number; readonly below: readonly Uint8Array[] };
  readonly leaves?: { readonly leaves: readonly number[]; readonly data: Uint8Array };
  /** Between what is shown and the tensor's root, bottom level first. */
  readonly siblings: readonly Uint8Array[];
}

/** The contract's `(LeavesShown[], HashesShown[])`: all of these places, from the operator's own trees. */
export function encodeReveal(trees: readonly TensorTree[], places: readonly Place[]): string {
  const trace = traceTree(trees.map(({ root }) => root));
  const member = (tensor: number, siblings: readonly Uint8Array[]) => [
    trees[tensor].root,
    trace.path(tensor),
    siblings.map((hash) => hexlify(hash)),
  ];
  const isLeaf = ({ tensor, level }: Place) => level === trees[tensor].depth;
  const leaves = [...byTensor(places.filter(isLeaf))].map(([tensor, wanted]) => {
    const proof = trees[tensor].prove(wanted.map(({ index }) => index));
    return [tensor, trees[tensor].depth, member(tensor, proof.siblings), [proof.leaves, proof.data]];
  });
  const hashes = places
    .filter((place) => !isLeaf(place))
    .map(({ tensor, level, index }) => {
      const tree = trees[tensor];
      const span = spanBelow(tree.depth, level);
      const below = Array.from({ length: 2 ** span }, (_, i) => hexlify(tree.node(level + span, index * 2 ** span + i)));
      return [tensor, index, member(tensor, tree.siblings(level, index)), below];
    });
  return coder.encode([LEAVES_SHOWN, HASHES_SHOWN], [leaves, hashes]);
}

type Member = { siblings: string[] };
type Decoded = [
  { tensorId: bigint; member: Member; opening: { leaves: bigint[]; data: string } }[],
  { tensorId: bigint; index: bigint; member: Member; hashes: string[] }[],
];

export function decodeReveal(shown: string): Shown[] {
  const [leaves, hashes] = coder.decode([LEAVES_SHOWN, HASHES_SHOWN], shown) as unknown as Decoded;
  const bytes = (hex: string) => Buffer.from(hex.slice(2), "hex");
  const siblings = (member: Member) => Array.from(member.siblings, bytes);
  return [
    ...Array.from(leaves, ({ tensorId, member, opening }) => ({
      tensor: Number(tensorId),
      leaves: { leaves: Array.from(opening.leaves, Number), data: bytes(opening.data) },
      siblings: siblings(member),
    })),
    ...Array.from(hashes, ({ tensorId, index, member, hashes: below }) => ({
      tensor: Number(tensorId),
      hashes: { level: member.siblings.length, index: Number(index), below: Array.from(below, bytes) },
      siblings: siblings(member),
    })),
  ];
}

