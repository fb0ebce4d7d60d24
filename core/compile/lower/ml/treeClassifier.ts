import { refuse } from "../../../faults.ts";
import type { Lowered, Lowering, Site } from "../lowering.ts";
import { Writer, type Term } from "../writer.ts";
import { aggregated, saysSomething } from "./aggregate.ts";
import { either, labelOfGreatest, labelsNamed } from "./classes.ts";
import { ML } from "./domain.ts";
import { featuresOf, TREES_INTO } from "./features.ts";
import { forestOf, type Forest } from "./forest.ts";
import { isPostTransform, POST_TRANSFORMS_INTO, transformed, type PostTransform } from "./postTransform.ts";
import { leavesOf } from "./traversal.ts";
import { numbersNamed, treesOf } from "./treeAttributes.ts";

interface Classification {
  readonly forest: Forest;
  readonly rows: number;
  readonly labels: readonly bigint[];
  readonly base: readonly number[];
  readonly transform: PostTransform;
  /** Whether all weights are for one class, and none is negative. */
  readonly isOneSided: boolean;
  readonly isPositive: boolean;
}

/** A label for every row, and the scores of the classes [rows, classes]. */
interface Classified {
  readonly label: string;
  readonly scores: string;
}

/** The trees' votes for every class, rounded in the order of the trees: [rows, classes]. */
const votes = (w: Writer, leaves: string, { rows, forest, labels }: Classification): string =>
  w.of("Transpose", [aggregated(w, leaves, rows, forest, labels.length, "SUM")]);

/** Which classes some tree says something of: bool [rows, classes]. */
function isSaid(w: Writer, leaves: string, { rows, forest, labels }: Classification): string {
  const weights = forest.weights.map((own) => own.map(({ target }) => ({ target, value: 1 })));
  const greatest = aggregated(w, leaves, rows, { ...forest, weights }, labels.length, "MAX");
  return w.of("Greater", [w.of("Transpose", [greatest]), 0]);
}

/** More than two classes: the first of the greatest scores, of classes that some tree says something of, or all where there are base values. */
function ofMany(w: Writer, leaves: string, given: Classification): Classified {
  const { forest, labels, base, transform } = given;
  const sums = votes(w, leaves, given);
  const added = labels.map((_, i) => base[i] ?? 0);
  const scores = base.length === 0 ? sums : w.add(sums, w.constant([labels.length], Float32Array.from(added)));
  const isSure = labels.every((_, i) => base.length > i || saysSomething(forest, i) === true);
  const compared = isSure ? scores : w.of("Where", [isSaid(w, leaves, given), scores, -Infinity]);
  return { label: labelOfGreatest(w, compared, labels), scores: transformed(w, scores, labels.length, transform) };
}

const column = (w: Writer, x: string, at: number): string => w.slice(x, 1, at, at + 1);

/** Two classes of which both have votes. Of two base values the runtime takes the second, beside the votes of the first class. */
function ofBoth(w: Writer, sums: string, given: Classification): Classified {
  const { base, rows, transform } = given;
  const [first, second] = [column(w, sums, 0), column(w, sums, 1)];
  const [no, yes] = [first, second];
  if (base.length === 2) {
    const score = w.add(first, base[1]);
    return { label: decided(w, score, given), scores: transformed(w, w.concat([w.mul(score, -1), score], 1), 2, transform) };
  }
  const scores = base.length === 1 ? w.concat([w.add(no, base[0]), yes], 1) : sums;
  return { label: decided(w, w.reshape(yes, [rows, 1], [rows]), given), scores: transformed(w, scores, 2, transform) };
}

/** Two classes of which the first alone has votes: the second score is made of the first. */
function ofFirst(w: Writer, sums: string, given: Classification): Classified {
  const { base, transform, isOneSided, isPositive } = given;
  const first = column(w, sums, 0);
  if (base.length === 2) {
    const scores = w.add(sums, w.constant([2], Float32Array.from(base)));
    return { label: decided(w, column(w, scores, 0), given), scores: transformed(w, scores, 2, transform) };
  }
  if (transform === "PROBIT") return refuse("its post_transform PROBIT leaves the second score open");
  const score = base.length === 1 ? w.add(first, base[0]) : first;
  const opposite = (term: Term) => (isOneSided && isPositive ? w.sub(1, term) : w.mul(term, -1));
  const isLogistic = transform === "LOGISTIC" && !(isOneSided && isPositive);
  const both = w.concat([opposite(score), score], 1);
  return { label: decided(w, score, given), scores: isLogistic ? w.of("Sigmoid", [both]) : both };
}

/** The label by the score of the second class, [rows] or [rows, 1]. Where both classes have weights the runtime says 1 and 0, whatever the labels are. */
function decided(w: Writer, score: string, { labels, rows, isOneSided, isPositive }: Classification): string {
  const flat = w.of("Reshape", [score, w.integers([rows])]);
  const isSecond = w.of("Greater", [flat, isOneSided && isPositive ? 0.5 : 0]);
  return isOneSided ? either(w, isSecond, labels[1], labels[0]) : either(w, isSecond, 1n, 0n);
}

function ofTwo(w: Writer, leaves: string, given: Classification): Classified {
  const sums = votes(w, leaves, given);
  const hasSecond = saysSomething(given.forest, 1);
  if (hasSecond === true) return ofBoth(w, sums, given);
  if (hasSecond === false) return ofFirst(w, sums, given);
  const is = column(w, isSaid(w, leaves, given), 1);
  const [both, first] = [ofBoth(w, sums, given), ofFirst(w, sums, given)];
  return {
    label: w.of("Where", [w.of("Reshape", [is, w.integers([given.rows])]), both.label, first.label]),
    scores: w.of("Where", [is, both.scores, first.scores]),
  };
}

/** Which leaf every tree ends in, the sums of their votes as the runtime adds them with one thread, and what it makes of these. */
export const treeEnsembleClassifier: Lowering = {
  domain: ML,
  onnx: { TreeEnsembleClassifier: { since: 1, shapedBy: "shapes" } },
  into: [...TREES_INTO, ...POST_TRANSFORMS_INTO, "ArgMax", "Concat"],
  difference: "portable",
  where: "its input is a matrix of numbers, and its labels are numbers",
  rewrite(site: Site): Lowered | undefined {
    const { attributes } = site;
    const labels = labelsNamed(attributes, "classlabels_int64s");
    if (labels.length === 0) return undefined;
    if (labels.length === 1) return refuse("a single class leaves nothing to decide");
    const transform = attributes.text("post_transform", "NONE");
    if (!isPostTransform(transform)) return refuse("its post_transform is not known");
    const base = numbersNamed(attributes, "base_values");
    if (base.length > labels.length) refuse(`it has ${base.length} base values for ${labels.length} classes`);
    const w = new Writer(site);
    const x = featuresOf(w, site);
    if (x === undefined) return undefined;
    const { nodes, roots } = treesOf(attributes, "class", labels.length);
    const forest = forestOf(nodes, roots, x.below);
    const given: Classification = {
      ...{ forest, rows: x.rows, labels, base, transform },
      isOneSided: labels.length === 2 && new Set(attributes.wideInts("class_ids")).size === 1,
      isPositive: numbersNamed(attributes, "class_weights").every((weight) => weight >= 0),
    };
    const leaves = leavesOf(w, x, forest);
    const { label, scores } = (labels.length > 2 ? ofMany : ofTwo)(w, leaves, given);
    return w.doneOf([label, scores]);
  },
};
