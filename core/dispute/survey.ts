import { sameBytes } from "../bytes.ts";
import { LEAF, TensorTree } from "../merkle/tensorTree.ts";
import { byteLength } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { PartialTree } from "./partialTree.ts";
import type { Place } from "./places.ts";
import type { OpenTree } from "./proof.ts";

/** If at most so many leaves stand below a node, they are demanded directly, without their hashes: a round costs more. */
const DIRECT_LEAVES = { exact: 2, bound: 8 };

/** The operator's tensor, if every part is known that differs from the known trees. */
export function complete(tensor: Tensor, partial: PartialTree, bases: readonly TensorTree[]): TensorTree | undefined {
  const parts = [...survey(partial, bases, 0, 0)];
  const data = new Uint8Array(byteLength(tensor));
  for (const part of parts) {
    if (part.kind === "missing") return undefined;
    const start = part.index * LEAF * 2 ** (partial.depth - part.level);
    if (start < data.length) data.set(part.bytes.subarray(0, data.length - start), start);
  }
  const tree = new TensorTree(tensor, data);
  // A tree that differs only in its padding holds known values, but no honest run gives it.
  return tree.root === partial.root ? tree : undefined;
}

/** A part of a tensor's tree: its bytes are known, or only its hash. */
type Part =
  | { readonly kind: "known"; readonly level: number; readonly index: number; readonly bytes: Uint8Array }
  | { readonly kind: "missing"; readonly level: number; readonly index: number };

/** A tensor's tree from left to right, in parts whose bytes are known, or only their hashes. */
export function* survey(partial: PartialTree, bases: readonly TensorTree[], level: number, index: number): Generator<Part> {
  const hash = partial.node(level, index)!;
  const base = bases.find((tree) => sameBytes(tree.node(level, index), hash));
  if (base !== undefined) {
    const width = LEAF * 2 ** (partial.depth - level);
    yield { kind: "known", level, index, bytes: base.data.subarray(index * width, (index + 1) * width) };
    return;
  }
  const leaf = level === partial.depth ? partial.leaf(index) : undefined;
  if (leaf !== undefined) {
    yield { kind: "known", level, index, bytes: leaf };
  } else if (level < partial.depth && partial.node(level + 1, 2 * index) !== undefined && partial.node(level + 1, 2 * index + 1) !== undefined) {
    yield* survey(partial, bases, level + 1, 2 * index);
    yield* survey(partial, bases, level + 1, 2 * index + 1);
  } else {
    yield { kind: "missing", level, index };
  }
}

/** Missing places from left to right; leaves of one node together. */
export function* missing(partial: PartialTree, bases: readonly TensorTree[], tensor: number, exact: boolean): Generator<readonly Place[]> {
  for (const part of survey(partial, bases, 0, 0)) {
    if (part.kind === "known") continue;
    const { level, index } = part;
    const leaves = 2 ** (partial.depth - level);
    if (leaves > (exact ? DIRECT_LEAVES.exact : DIRECT_LEAVES.bound)) {
      yield [{ tensor, level, index }];
      continue;
    }
    const below = Array.from({ length: leaves }, (_, i) => index * leaves + i);
    yield below.filter((leaf) => partial.leaf(leaf) === undefined).map((leaf) => ({ tensor, level: partial.depth, index: leaf }));
  }
}

/** The challenger's own tensor with one leaf of the operator's, opened in the operator's tree. */
export function withLeaf(mine: TensorTree, partial: PartialTree, leaf: number): OpenTree {
  const data = Uint8Array.from(mine.data);
  const start = leaf * LEAF;
  if (start < data.length) data.set(partial.leaf(leaf)!.subarray(0, data.length - start), start);
  return { root: partial.root, data, prove: (leaves) => partial.prove(leaves) };
}

/** The places to demand for these leaves: hashes first if many of them stand below one node, unless all seem to differ. */
export function* placesOf(partial: PartialTree, tensor: number, leaves: readonly number[]): Generator<Place> {
  const groups = new Map<string, { level: number; index: number; leaves: number[] }>();
  for (const leaf of leaves) {
    const level = partial.lowestShown(partial.depth, leaf);
    const index = leaf >> (partial.depth - level);
    const group = groups.get(`${level}:${index}`) ?? { level, index, leaves: [] };
    group.leaves.push(leaf);
    groups.set(`${level}:${index}`, group);
  }
  const direct = partial.differsThroughout;
  for (const { level, index, leaves: below } of groups.values()) {
    if (!direct && below.length > DIRECT_LEAVES.bound) yield { tensor, level, index };
    else for (const leaf of below) yield { tensor, level: partial.depth, index: leaf };
  }
}
