import { refuse } from "../../../faults.ts";
import type { Attributes } from "../../../onnx/model.ts";
import type { Lowered, Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { either, labelOfGreatest, labelsNamed, scalarLabel } from "./classes.ts";
import { coupled, COUPLING_INTO, likelihoods, MOST_CLASSES } from "./coupling.ts";
import { ML } from "./domain.ts";
import { floatsOf, MATRIX, type Matrix } from "./features.ts";
import { kernelOf, kernelValues, KERNELS_INTO } from "./kernel.ts";
import { product } from "./linear.ts";
import { pairsOf, type Pair } from "./pairs.ts";
import { isPostTransform, POST_TRANSFORMS_INTO, transformed, type PostTransform } from "./postTransform.ts";

/**
 * The coefficients of every pair's machine, pair after pair: those of the first class's vectors against the second class, and the other
 * way round. A class's vectors stand together, and have a row for each of the other classes.
 */
function machines(coefficients: readonly number[], perClass: readonly number[], pairs: readonly Pair[]): number[] {
  const starts = perClass.map((_, i) => perClass.slice(0, i).reduce((sum, count) => sum + count, 0));
  const vectors = perClass.reduce((sum, count) => sum + count, 0);
  if (coefficients.length < (perClass.length - 1) * vectors) refuse("it has too few coefficients");
  const table = new Array<number>(vectors * pairs.length).fill(0);
  pairs.forEach(([i, j], pair) => {
    for (const [own, row] of [[i, j - 1], [j, i]]) {
      for (let at = starts[own]; at < starts[own] + perClass[own]; at++) table[pair * vectors + at] = coefficients[row * vectors + at];
    }
  });
  return table;
}

/** The class that most machines decide for, the first of equal ones. @param scores [rows, pairs], positive for the first of a pair */
function voted(w: Writer, scores: string, rows: number, pairs: readonly Pair[], labels: readonly bigint[]): string {
  const isFirst = w.of("Greater", [scores, 0]);
  if (pairs.length === 1) return either(w, w.reshape(isFirst, [rows, 1], [rows]), labels[0], labels[1]);
  const count = labels.length;
  const votesFor = (place: 0 | 1) =>
    w.constant([pairs.length, count], Float32Array.from({ length: pairs.length * count }, (_, i) => Number(pairs[Math.floor(i / count)][place] === i % count)));
  const votes = w.add(w.of("MatMul", [w.of("Where", [isFirst, 1, 0]), votesFor(0)]), w.of("MatMul", [w.of("Where", [isFirst, 0, 1]), votesFor(1)]));
  return labelOfGreatest(w, votes, labels);
}

interface Machine {
  readonly x: Matrix;
  readonly attributes: Attributes;
  readonly labels: readonly bigint[];
  readonly transform: PostTransform;
}

/** One machine for every pair of classes: they vote, and their scores, or what they say of the classes together, are the scores. */
function ofPairs(w: Writer, { x, attributes, labels, transform }: Machine, perClass: readonly number[]): readonly [label: string, scores: string] {
  if (perClass.length !== labels.length) refuse(`it has vectors of ${perClass.length} classes for ${labels.length} labels`);
  const pairs = pairsOf(labels.length);
  const [rho, a, b] = ["rho", "prob_a", "prob_b"].map((name) => attributes.floats(name) ?? []);
  if (rho.length < pairs.length || a.length !== b.length || (a.length > 0 && a.length < pairs.length)) refuse("it has too few rho, prob_a or prob_b");
  const vectors = perClass.reduce((sum, count) => sum + count, 0);
  const values = kernelValues(w, x, attributes.floats("support_vectors") ?? [], vectors, kernelOf(attributes));
  const table = machines(attributes.floats("coefficients") ?? [], perClass, pairs);
  const sums = product(w, { name: values, rows: x.rows, columns: vectors }, table, pairs.length);
  const scores = w.add(sums, w.constant([pairs.length], Float32Array.from(rho.slice(0, pairs.length))));
  const label = voted(w, scores, x.rows, pairs, labels);
  if (a.length > 0) {
    if (labels.length > MOST_CLASSES) refuse(`probabilities of ${labels.length} classes are not written out: of ${MOST_CLASSES} at most`);
    const likely = likelihoods(w, scores, a.slice(0, pairs.length), b.slice(0, pairs.length));
    return [label, transformed(w, coupled(w, likely, x.rows, labels.length, pairs), labels.length, transform)];
  }
  if (pairs.length > 1) return [label, transformed(w, scores, pairs.length, transform)];
  // Of a single score the runtime makes no other transform than LOGISTIC.
  if (transform === "PROBIT") return refuse("its post_transform PROBIT leaves the second score open");
  const isSigned = transform === "NONE" || transform === "LOGISTIC";
  const both = w.concat([isSigned ? w.mul(scores, -1) : w.sub(1, scores), scores], 1);
  return [label, transform === "LOGISTIC" ? w.of("Sigmoid", [both]) : both];
}

/** One score for every class, x · Cᵀ + ρ, of which the greatest decides. */
function ofClasses(w: Writer, { x, attributes, labels, transform }: Machine): readonly [label: string, scores: string] {
  const coefficients = attributes.floats("coefficients") ?? [];
  const [rho = 0] = attributes.floats("rho") ?? [];
  const scores = w.add(product(w, x, coefficients, labels.length), rho);
  const label = labels.length === 2 ? ofTwo(w, scores, x.rows, labels, coefficients) : labelOfGreatest(w, scores, labels);
  return [label, transformed(w, scores, labels.length, transform)];
}

/** Of two classes the runtime takes the second where the greater score is positive, or at least ½ where no coefficient is negative. */
function ofTwo(w: Writer, scores: string, rows: number, labels: readonly bigint[], coefficients: readonly number[]): string {
  const greatest = w.reshape(w.greatest(scores, [1]), [rows, 1], [rows]);
  const isPositive = coefficients.every((value) => value >= 0);
  const isSecond = isPositive ? w.of("Not", [w.of("Less", [greatest, 0.5])]) : w.of("Greater", [greatest, 0]);
  return w.of("Where", [isSecond, scalarLabel(w, labels[1]), labelOfGreatest(w, scores, labels)]);
}

/** A support vector machine for every pair of classes, or one product for every class where there are no support vectors. */
export const svmClassifier: Lowering = {
  domain: ML,
  onnx: { SVMClassifier: { since: 1, shapedBy: "shapes" } },
  into: [...KERNELS_INTO, ...COUPLING_INTO, ...POST_TRANSFORMS_INTO, "ArgMax", "Gather", "Not", "Greater", "Where", "Concat", "Identity"],
  difference: "portable",
  where: `${MATRIX}, and its labels are numbers`,
  rewrite(site: Site): Lowered | undefined {
    const { attributes } = site;
    const labels = labelsNamed(attributes, "classlabels_ints");
    if (labels.length === 0) return undefined;
    if (labels.length === 1) return refuse("a single class leaves nothing to decide");
    const transform = attributes.text("post_transform", "NONE");
    if (!isPostTransform(transform)) return refuse("its post_transform is not known");
    const w = new Writer(site);
    const x = floatsOf(w, site);
    if (x === undefined) return undefined;
    const perClass = attributes.ints("vectors_per_class") ?? [];
    const machine = { x, attributes, labels, transform };
    return w.doneOf(perClass.some((count) => count > 0) ? ofPairs(w, machine, perClass) : ofClasses(w, machine));
  },
};
