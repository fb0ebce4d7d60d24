import { refuse } from "../../../faults.ts";
import type { Lowered, Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { aggregated, type Aggregate } from "./aggregate.ts";
import { ML } from "./domain.ts";
import { featuresOf, MATRIX, TREES_INTO } from "./features.ts";
import { forestOf, type Forest } from "./forest.ts";
import { isPostTransform, POST_TRANSFORMS_INTO, transformed, type PostTransform } from "./postTransform.ts";
import { leavesOf } from "./traversal.ts";
import { numbersNamed, treesOf } from "./treeAttributes.ts";

const AGGREGATES: readonly string[] = ["SUM", "AVERAGE", "MIN", "MAX"];
const isAggregate = (name: string): name is Aggregate => AGGREGATES.includes(name);

/** What a forest says of several targets, and what is made of it. */
export interface Regression {
  readonly forest: Forest;
  readonly targets: number;
  readonly how: Aggregate;
  /** Added to every target; nothing where there is none. */
  readonly base: readonly number[];
  readonly transform: PostTransform;
}

/** The sum of what the trees say, then the base value; of a single target no transform but PROBIT is made. */
export function regressed(w: Writer, leaves: string, rows: number, { forest, targets, how, base, transform }: Regression): string {
  const sums = w.of("Transpose", [aggregated(w, leaves, rows, forest, targets, how)]);
  const scores = base.length === targets ? w.add(sums, w.constant([targets], Float32Array.from(base))) : sums;
  return targets > 1 || transform === "PROBIT" ? transformed(w, scores, targets, transform) : scores;
}

/** Which leaf every tree ends in, then the sum of their weights in the order of the trees, as the runtime adds them with one thread. */
export const treeEnsembleRegressor: Lowering = {
  domain: ML,
  onnx: { TreeEnsembleRegressor: { since: 1, shapedBy: "shapes" } },
  into: [...TREES_INTO, ...POST_TRANSFORMS_INTO],
  difference: "portable",
  where: MATRIX,
  rewrite(site: Site): Lowered | undefined {
    const { attributes } = site;
    const targets = attributes.int("n_targets", 0);
    const how = attributes.text("aggregate_function", "SUM");
    const transform = attributes.text("post_transform", "NONE");
    if (!isAggregate(how) || !isPostTransform(transform) || targets < 1) return refuse("its aggregate_function, post_transform or n_targets is not known");
    const w = new Writer(site);
    const x = featuresOf(w, site);
    if (x === undefined) return undefined;
    const { nodes, roots } = treesOf(attributes, "target", targets);
    const forest = forestOf(nodes, roots, x.below);
    const base = numbersNamed(attributes, "base_values");
    return w.doneOf([regressed(w, leavesOf(w, x, forest), x.rows, { forest, targets, how, base, transform })]);
  },
};
