import { refuse } from "../../../faults.ts";
import type { Attributes } from "../../../onnx/model.ts";
import { numbersOf } from "../../../onnx/tensor.ts";
import { DType } from "../../../tensor/dtype.ts";
import { integerAttribute, type Lowered, type Lowering, type Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import type { Aggregate } from "./aggregate.ts";
import { ML } from "./domain.ts";
import { featuresOf, TREES_INTO } from "./features.ts";
import { forestOf, type Branch, type Leaf, type Mode } from "./forest.ts";
import { POST_TRANSFORMS_INTO, type PostTransform } from "./postTransform.ts";
import { leavesOf } from "./traversal.ts";
import type { Trees } from "./treeAttributes.ts";
import { regressed } from "./treeRegressor.ts";

/** By their numbers in the attributes, as the runtime counts: the standard has 1 for SOFTMAX and 2 for LOGISTIC. */
const MODES: readonly Mode[] = ["LEQ", "LT", "GTE", "GT", "EQ", "NEQ", "MEMBER"];
const AGGREGATES: readonly Aggregate[] = ["AVERAGE", "SUM", "MIN", "MAX"];
const TRANSFORMS: readonly PostTransform[] = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"];

/** The sets of the nodes in mode MEMBER, in their order: NaN stands behind each. */
function setsOf(members: readonly number[]): number[][] {
  const sets: number[][] = [[]];
  for (const member of members) {
    if (Number.isNaN(member)) sets.push([]);
    else sets[sets.length - 1].push(member);
  }
  return sets;
}

/** The trees of a node: its branches, then its leaves. A tree whose root has one leaf on both sides is that leaf. */
function treesOf(attributes: Attributes, targets: number): Trees {
  const list = (name: string): readonly number[] => attributes.wideInts(name) ?? [];
  const numbers = (name: string): readonly number[] => {
    const tensor = attributes.tensor(name);
    return tensor === undefined ? [] : numbersOf(tensor);
  };
  const [modes, splits, weights] = ["nodes_modes", "nodes_splits", "leaf_weights"].map(numbers);
  const [features, yes, no, yesIsLeaf, noIsLeaf] = ["featureids", "truenodeids", "falsenodeids", "trueleafs", "falseleafs"].map((name) => list(`nodes_${name}`));
  const [ids, missing] = [list("leaf_targetids"), list("nodes_missing_value_tracks_true")];
  if ([splits, features, yes, no, yesIsLeaf, noIsLeaf].some(({ length }) => length !== modes.length)) refuse("its lists of nodes have different lengths");
  if (ids.length !== weights.length) refuse("its lists of leaves have different lengths");
  const count = modes.length;
  const placeOf = (id: number, isLeaf: number): number => {
    if (id < 0 || id >= (isLeaf === 0 ? count : ids.length)) refuse(`a branch leads to the ${isLeaf === 0 ? "node" : "leaf"} ${id}, which there is not`);
    return isLeaf === 0 ? id : count + id;
  };
  const sets = setsOf(numbers("membership_values"));
  let set = 0;
  const branches = modes.map((number, i): Branch => {
    const mode = MODES[number] ?? refuse(`the mode ${number} of a node is not known`);
    const values = mode === "MEMBER" ? (sets[set++] ?? refuse("a set of members is missing")) : [splits[i]];
    const takesMissing = missing[i] === 1;
    return { mode, feature: features[i], values, takesMissing, yes: placeOf(yes[i], yesIsLeaf[i]), no: placeOf(no[i], noIsLeaf[i]) };
  });
  const leaves = weights.map((value, i): Leaf => {
    if (ids[i] < 0 || ids[i] >= targets) refuse(`a leaf is for target ${ids[i]} of ${targets}`);
    return { weights: [{ target: ids[i], value }] };
  });
  const roots = list("tree_roots").map((root) => {
    if (branches[root] === undefined) refuse(`a tree begins at node ${root}, which there is not`);
    const { yes: first, no: second } = branches[root];
    return first === second && first >= count ? first : root;
  });
  return { nodes: [...branches, ...leaves], roots };
}

/** Which leaf every tree ends in, then the sum of their weights in the order of the trees, as the runtime adds them with one thread. */
export const treeEnsemble: Lowering = {
  domain: ML,
  onnx: { TreeEnsemble: { since: 5, shapedBy: "shapes" } },
  into: [...TREES_INTO, ...POST_TRANSFORMS_INTO],
  difference: "portable",
  where: "its input is a matrix of float32 or float64 numbers",
  rewrite(site: Site): Lowered | undefined {
    const { attributes } = site;
    const targets = attributes.int("n_targets", 0);
    const how = AGGREGATES[attributes.int("aggregate_function", 1)];
    const transform = TRANSFORMS[attributes.int("post_transform", 0)];
    if (how === undefined || transform === undefined || targets < 1) return refuse("its aggregate_function, post_transform or n_targets is not known");
    const w = new Writer(site);
    const x = featuresOf(w, site);
    if (x === undefined) return undefined;
    const { nodes, roots } = treesOf(attributes, targets);
    const forest = forestOf(nodes, roots, x.below);
    const result = regressed(w, leavesOf(w, x, forest), x.rows, { forest, targets, how, base: [], transform });
    return w.doneOf([x.dtype === DType.float64 ? w.of("Cast", [result], [integerAttribute("to", DType.float64)]) : result]);
  },
};
