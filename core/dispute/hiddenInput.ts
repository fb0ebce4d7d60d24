import { LEAF, leafCount, TensorTree, treeDepth } from "../merkle/tensorTree.ts";
import { inputIds, tracedTensors } from "../program/program.ts";
import { byteLength } from "../tensor/shape.ts";
import type { Program } from "../program/types.ts";
import { PartialTree } from "./partialTree.ts";
import { placeName, type Place, type Shown } from "./places.ts";
import type { Move } from "./game.ts";

/** The known part of an input that the requester committed to by its roots and does not serve. */
export interface HiddenInput {
  readonly program: Program;
  readonly roots: readonly string[];
  /** Inputs that somebody served, row-major. */
  readonly served: ReadonlyMap<number, Uint8Array>;
  readonly shown: readonly Shown[];
  readonly pending: ReadonlySet<string>;
  readonly free: number;
}

/** Graph inputs whose value a run depends on. The others cannot be demanded: no row reads them. */
const readInputs = (program: Program): number[] => {
  const read = new Set(program.nodes.flatMap(inputIds));
  return [...program.inputs.keys()].filter((id) => read.has(id));
};

/** All places that must be shown to see a hidden input. */
export const placesOfInput = (program: Program): number =>
  readInputs(program).reduce((sum, id) => sum + leafCount(program.inputs[id]), 0);

/**
 * The values of all graph inputs, row-major, once every leaf that the program reads was shown; before that, the places to
 * demand. The trace of an opened job begins with these roots, so the operator that opened it can show them.
 */
export function seekInput({ program, roots, served, shown, pending, free }: HiddenInput): Uint8Array[] | (Move & { kind: "demand" | "wait" }) {
  const tensors = tracedTensors(program);
  const read = new Set(readInputs(program));
  const missing: Place[] = [];
  const values = program.inputs.map((spec, id) => {
    const known = served.get(id);
    // An input that no node reads may have any value: no judgement depends on it.
    if (known !== undefined || !read.has(id)) return known ?? new Uint8Array(byteLength(spec));
    const depth = treeDepth(spec);
    // A root of zeros shows its values.
    const tree = new PartialTree(roots[id], depth, new TensorTree(tensors[id], new Uint8Array(byteLength(spec))));
    for (const part of shown) if (part.tensor === id) tree.learn(part);
    const data = new Uint8Array(LEAF * leafCount(spec));
    for (let index = 0; index < leafCount(spec); index++) {
      const leaf = tree.leaf(index);
      if (leaf !== undefined) data.set(leaf, index * LEAF);
      else missing.push({ tensor: id, level: depth, index });
    }
    return data.subarray(0, byteLength(spec));
  });
  if (missing.length === 0) return values;
  const places = missing.filter((place) => !pending.has(placeName(place, treeDepth(program.inputs[place.tensor])))).slice(0, Math.max(0, free));
  return places.length === 0 ? { kind: "wait" } : { kind: "demand", places };
}
