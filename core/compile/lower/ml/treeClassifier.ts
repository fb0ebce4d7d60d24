import { refuse } from "../../../faults.ts";
import type { Lowered, Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { aggregated, saysSomething } from "./aggregate.ts";
import { either, labelOfGreatest, labelsNamed } from "./classes.ts";
import { ML } from "./domain.ts";
import { featuresOf, MATRIX, TREES_INTO } from "./features.ts";
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

/** Votes of two classes, [rows, 1] each, and how to tell whether some tree says something of a class. */
interface Pair {
  readonly first: string;
  readonly second: string;
  /** The score where some tree says something of the class, else 0. */
  readonly said: (at: 0 | 1, score: string) => string;
}

function pairOf(w: Writer, leaves: string, given: Classification): Pair {
  const sums = votes(w, leaves, given);
  let flags: string | undefined;
  const said = (at: 0 | 1, score: string): string => {
    const isSure = saysSomething(given.forest, at);
    if (isSure !== undefined) return isSure ? score : w.mul(column(w, sums, at), 0);
    flags ??= isSaid(w, leaves, given);
    return w.of("Where", [column(w, flags, at), score, 0]);
  };
  return { first: column(w, sums, 0), second: column(w, sums, 1), said };
}

/** Two classes of which the second has votes. Of two base values the runtime takes the second, beside the votes of the first class. */
function withSecond(w: Writer, { first, second, said }: Pair, given: Classification): Classified {
  const { base, transform } = given;
  const yes = base.length === 2 ? w.add(first, base[1]) : second;
  const no = base.length === 2 ? w.mul(yes, -1) : base.length === 1 ? w.add(first, base[0]) : first;
  return { label: decided(w, yes, given), scores: transformed(w, w.concat([said(0, no), yes], 1), 2, transform) };
}

/** Two classes of which the first alone has votes: unless there are two base values the second score is made of the first. */
function withoutSecond(w: Writer, { first, second }: Pair, given: Classification): Classified {
  const { base, transform, isOneSided, isPositive } = given;
  const score = base.length === 0 ? first : w.add(first, base[0]);
  const label = decided(w, score, given);
  if (base.length === 2) return { label, scores: transformed(w, w.concat([score, w.mul(second, 0)], 1), 2, transform) };
  if (transform === "PROBIT" || (base.length === 1 && !isOneSided)) return refuse("the runtime leaves the second score open where no tree says something of the second class");
  const isLogistic = transform === "LOGISTIC";
  const both = w.concat([isOneSided && isPositive && !isLogistic ? w.sub(1, score) : w.mul(score, -1), score], 1);
  return { label, scores: isLogistic ? w.of("Sigmoid", [both]) : both };
}

/** The label by the score of the second class, [rows, 1]. Where both classes have weights the runtime says 1 and 0, whatever the labels are. */
function decided(w: Writer, score: string, { labels, rows, isOneSided, isPositive }: Classification): string {
  const isSecond = w.of("Greater", [w.reshape(score, [rows, 1], [rows]), isOneSided && isPositive ? 0.5 : 0]);
  return isOneSided ? either(w, isSecond, labels[1], labels[0]) : either(w, isSecond, 1n, 0n);
}

function ofTwo(w: Writer, leaves: string, given: Classification): Classified {
  const pair = pairOf(w, leaves, given);
  const hasSecond = saysSomething(given.forest, 1);
  if (hasSecond === true) return withSecond(w, pair, given);
  if (hasSecond === false) return withoutSecond(w, pair, given);
  const is = column(w, isSaid(w, leaves, given), 1);
  const [one, other] = [withSecond(w, pair, given), withoutSecond(w, pair, given)];
  return {
    label: w.of("Where", [w.reshape(is, [given.rows, 1], [given.rows]), one.label, other.label]),
    scores: w.of("Where", [is, one.scores, other.scores]),
  };
}

/** Which leaf every tree ends in, the sums of their votes as the runtime adds them with one thread, and what it makes of these. */
export const treeEnsembleClassifier: Lowering = {
  domain: ML,
  onnx: { TreeEnsembleClassifier: { since: 1, shapedBy: "shapes" } },
  into: [...TREES_INTO, ...POST_TRANSFORMS_INTO, "ArgMax", "Concat"],
  difference: "portable",
  where: `${MATRIX}, and its labels are numbers`,
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
