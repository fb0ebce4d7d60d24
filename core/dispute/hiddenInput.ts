import { LEAF, leafCount, TensorTree, treeDepth } from "../merkle/tensorTree.ts";
import { inputIds, tracedTensors } from "../program/program.ts";
import { byteLength } from "../tensor/shape.ts";
import type { Program } from "../program/types.ts";
import { PartialTree } from "./partialTree.ts";
import { placeName, type Place, type Shown } from "./places.ts";
import type { Move } from "./game.ts";

/** What is known of a job's input that its requester committed to by roots and does not serve. */
export interface HiddenInput {
  readonly program: Program;
  readonly roots: readonly string[];
  /** Inputs that were served by somebody, row-major. */
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

/** Places that it takes to see a hidden input. */
export const placesOfInput = (program: Program): number =>
  readInputs(program).reduce((sum, id) => sum + leafCount(program.inputs[id]), 0);

/**
 * The values of all graph inputs, row-major, once every leaf that is read was shown; before that, what to demand. The
 * trace of an opened job begins in these roots, so whoever opened it can show them.
 */
export function seekInput({ program, roots, served, shown, pending, free }: HiddenInput): Uint8Array[] | (Move & { kind: "demand" | "wait" }) {
  const tensors = tracedTensors(program);
  const read = new Set(readInputs(program));
  const missing: Place[] = [];
  const values = program.inputs.map((spec, id) => {
    const known = served.get(id);
    // What is not read may be anything; it takes part in no judgement.
    if (known !== undefined || !read.has(id)) return known ?? new Uint8Array(byteLength(spec));
    const depth = treeDepth(spec);
    // Inputs of zeros are known by their roots.
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
