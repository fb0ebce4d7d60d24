import { refuse } from "../../../faults.ts";
import type { Attributes } from "../../../onnx/model.ts";
import { numbersOf } from "../../../onnx/tensor.ts";
import type { Branch, Leaf, Mode, Weight } from "./forest.ts";

/** Trees as a node of TreeEnsembleRegressor or TreeEnsembleClassifier states them. */
export interface Trees {
  readonly nodes: readonly (Branch | Leaf)[];
  readonly roots: readonly number[];
}

const MODES: ReadonlyMap<string, Mode> = new Map([
  ["BRANCH_LEQ", "LEQ"],
  ["BRANCH_LT", "LT"],
  ["BRANCH_GTE", "GTE"],
  ["BRANCH_GT", "GT"],
  ["BRANCH_EQ", "EQ"],
  ["BRANCH_NEQ", "NEQ"],
]);

/** Numbers that stand in a list of float32, or in a tensor of any type. */
export function numbersNamed(attributes: Attributes, name: string): readonly number[] {
  const tensor = attributes.tensor(`${name}_as_tensor`);
  return tensor === undefined ? (attributes.floats(name) ?? []) : numbersOf(tensor);
}

/**
 * The trees of a node, in the order of the file: the first node of a tree is its root.
 * @param weighs `target` or `class`, whose weights the leaves have
 * @param targets how many of these there are
 */
export function treesOf(attributes: Attributes, weighs: "target" | "class", targets: number): Trees {
  const list = (name: string): readonly number[] => attributes.wideInts(name) ?? [];
  const ids = list("nodes_nodeids");
  const [trees, features, yes, no] = ["nodes_treeids", "nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids"].map(list);
  const modes = attributes.texts("nodes_modes") ?? [];
  const values = numbersNamed(attributes, "nodes_values");
  const missing = list("nodes_missing_value_tracks_true");
  if ([trees, features, yes, no, modes, values].some(({ length }) => length !== ids.length)) refuse("its lists of nodes have different lengths");
  const key = (tree: number, node: number): string => `${tree}:${node}`;
  const places = new Map(ids.map((id, place) => [key(trees[place], id), place]));
  if (places.size !== ids.length) refuse("two of its nodes have one name");
  const weights = weightsOf(attributes, weighs, targets, places, key);
  const placeOf = (tree: number, id: number): number => places.get(key(tree, id)) ?? refuse(`the tree ${tree} has no node ${id}`);
  const nodes = ids.map((_, place): Branch | Leaf => {
    const mode = MODES.get(modes[place]);
    if (mode === undefined) {
      if (modes[place] !== "LEAF") refuse(`the mode ${modes[place]} of a node is not known`);
      return { weights: weights.get(place) ?? leastOf(targets, values[place]) };
    }
    const [tree, takesMissing] = [trees[place], missing[place] === 1];
    return { mode, feature: features[place], values: [values[place]], takesMissing, yes: placeOf(tree, yes[place]), no: placeOf(tree, no[place]) };
  });
  const roots = ids.flatMap((_, place) => (place === 0 || trees[place] !== trees[place - 1] ? [place] : []));
  if (new Set(roots.map((place) => trees[place])).size !== roots.length) refuse("the nodes of a tree do not stand together");
  return { nodes, roots };
}

/** What a leaf without weights says: of a single target its own value. */
const leastOf = (targets: number, value: number): Weight[] => (targets === 1 ? [{ target: 0, value }] : []);

/** Weights by the places of their leaves, in their order. Of several for a single target the runtime takes the first. */
function weightsOf(
  attributes: Attributes,
  weighs: "target" | "class",
  targets: number,
  places: ReadonlyMap<string, number>,
  key: (tree: number, node: number) => string,
): ReadonlyMap<number, readonly Weight[]> {
  const [ids, nodes, trees] = ["ids", "nodeids", "treeids"].map((name) => attributes.wideInts(`${weighs}_${name}`) ?? []);
  const values = numbersNamed(attributes, `${weighs}_weights`);
  if ([nodes, trees, values].some(({ length }) => length !== ids.length)) refuse("its lists of weights have different lengths");
  const weights = new Map<number, Weight[]>();
  ids.forEach((target, i) => {
    const place = places.get(key(trees[i], nodes[i])) ?? refuse(`the tree ${trees[i]} has no node ${nodes[i]}, which a weight is for`);
    if (target < 0 || target >= targets) refuse(`a weight is for ${target} of ${targets}`);
    const own = weights.get(place) ?? [];
    if (targets > 1 || own.length === 0) own.push({ target, value: values[i] });
    weights.set(place, own);
  });
  return weights;
}
