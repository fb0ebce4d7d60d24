import type { MlAttribute } from "./mlModel.ts";
import type { Random } from "./random.ts";

export interface ForestOptions {
  readonly trees: number;
  /** Of the longest path, at most. */
  readonly depth: number;
  readonly features: number;
  readonly targets: number;
  readonly modes?: readonly string[];
  /** Whether nodes say where what is missing goes. */
  readonly missing?: boolean;
  /** Which targets a leaf says something of; all by default. */
  readonly says?: (random: Random, tree: number) => readonly number[];
  /** What a leaf says. */
  readonly weight?: (random: Random) => number;
  /** Thresholds: few different ones, so that features meet them. */
  readonly threshold?: (random: Random) => number;
}

export const someThreshold = (random: Random): number => random.int(-6, 6) / 4;

/** The attributes of a random forest, as TreeEnsembleRegressor ("target") and TreeEnsembleClassifier ("class") have them. */
export function randomForest(random: Random, weighs: "target" | "class", options: ForestOptions): Record<string, MlAttribute> {
  const { trees, depth, features, targets, modes = ["BRANCH_LEQ"], missing = false, weight = () => random.normal(), threshold = someThreshold } = options;
  const says = options.says ?? (() => Array.from({ length: targets }, (_, i) => i));
  const nodes: { tree: number; id: number; mode: string; feature: number; value: number; yes: number; no: number; missing: number }[] = [];
  const weights: { tree: number; node: number; id: number; value: number }[] = [];
  for (let tree = 0; tree < trees; tree++) {
    let count = 0;
    const grow = (left: number): number => {
      const id = count++;
      const isLeaf = left === 0 || random.chance(0.15);
      const node = { tree, id, mode: isLeaf ? "LEAF" : random.pick(modes), feature: random.int(0, features - 1), value: threshold(random), yes: 0, no: 0, missing: random.int(0, 1) };
      nodes.push(node);
      if (!isLeaf) [node.yes, node.no] = [grow(left - 1), grow(left - 1)];
      else for (const target of says(random, tree)) weights.push({ tree, node: id, id: target, value: Math.fround(weight(random)) });
      return id;
    };
    grow(depth);
  }
  return {
    nodes_treeids: nodes.map(({ tree }) => tree),
    nodes_nodeids: nodes.map(({ id }) => id),
    nodes_featureids: nodes.map(({ feature }) => feature),
    nodes_values: Float32Array.from(nodes, ({ value }) => value),
    nodes_modes: nodes.map(({ mode }) => mode),
    nodes_truenodeids: nodes.map(({ yes }) => yes),
    nodes_falsenodeids: nodes.map(({ no }) => no),
    ...(missing && { nodes_missing_value_tracks_true: nodes.map((node) => node.missing) }),
    [`${weighs}_treeids`]: weights.map(({ tree }) => tree),
    [`${weighs}_nodeids`]: weights.map(({ node }) => node),
    [`${weighs}_ids`]: weights.map(({ id }) => id),
    [`${weighs}_weights`]: Float32Array.from(weights, ({ value }) => value),
  };
}
