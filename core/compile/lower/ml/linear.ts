import { refuse } from "../../../faults.ts";
import type { Lowered, Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { either, labelOfGreatest, labelsNamed } from "./classes.ts";
import { ML } from "./domain.ts";
import { floatsOf, MATRIX, type Matrix } from "./features.ts";
import { isPostTransform, POST_TRANSFORMS_INTO, transformed } from "./postTransform.ts";

/** Operators that sums of products are written in. */
const LINEAR_INTO = ["Cast", "MatMul", "Add", "Identity"];

/** x · Cᵀ for coefficients [targets, columns] in a row: a product with a constant, [rows, targets]. */
export function product(w: Writer, x: Matrix, coefficients: readonly number[], targets: number): string {
  if (coefficients.length !== targets * x.columns) refuse(`it has ${coefficients.length} coefficients for ${x.columns} columns and ${targets} results`);
  const columns = Float32Array.from(coefficients, (_, i) => coefficients[(i % targets) * x.columns + Math.floor(i / targets)]);
  return w.of("MatMul", [x.name, w.constant([x.columns, targets], columns)]);
}

/** The same with a number added to every result; nothing where there are not as many as results. */
function linear(w: Writer, x: Matrix, coefficients: readonly number[], intercepts: readonly number[], targets: number): string {
  const products = product(w, x, coefficients, targets);
  return intercepts.length === targets ? w.add(products, w.constant([targets], Float32Array.from(intercepts))) : products;
}

/** x · Cᵀ + b; of a single target no transform but PROBIT is made. */
export const linearRegressor: Lowering = {
  domain: ML,
  onnx: { LinearRegressor: { since: 1, shapedBy: "shapes" } },
  into: [...LINEAR_INTO, ...POST_TRANSFORMS_INTO],
  difference: "portable",
  where: MATRIX,
  rewrite(site: Site): Lowered | undefined {
    const { attributes } = site;
    const targets = attributes.int("targets", 1);
    const transform = attributes.text("post_transform", "NONE");
    if (!isPostTransform(transform)) return refuse("its post_transform is not known");
    const w = new Writer(site);
    const x = floatsOf(w, site);
    if (x === undefined) return undefined;
    const scores = linear(w, x, attributes.floats("coefficients") ?? [], attributes.floats("intercepts") ?? [], targets);
    return w.doneOf([targets > 1 || transform === "PROBIT" ? transformed(w, scores, targets, transform) : scores]);
  },
};

/** x · Cᵀ + b for every class, of which the greatest decides; of a single score its sign, and the first class's is what it lacks to 1. */
export const linearClassifier: Lowering = {
  domain: ML,
  onnx: { LinearClassifier: { since: 1, shapedBy: "shapes" } },
  into: [...LINEAR_INTO, ...POST_TRANSFORMS_INTO, "ArgMax", "Gather", "Greater", "Where", "Concat", "Reshape"],
  difference: "portable",
  where: `${MATRIX}, and its labels are numbers`,
  rewrite(site: Site): Lowered | undefined {
    const { attributes } = site;
    const labels = labelsNamed(attributes, "classlabels_ints");
    if (labels.length === 0) return undefined;
    const intercepts = attributes.floats("intercepts") ?? [];
    const transform = attributes.text("post_transform", "NONE");
    if (!isPostTransform(transform)) return refuse("its post_transform is not known");
    const classes = intercepts.length;
    if (classes === 0 || (classes > 1 && labels.length !== classes)) return refuse(`it has ${classes} intercepts for ${labels.length} classes`);
    const w = new Writer(site);
    const x = floatsOf(w, site);
    if (x === undefined) return undefined;
    const scores = linear(w, x, attributes.floats("coefficients") ?? [], intercepts, classes);
    if (classes > 1) return w.doneOf([labelOfGreatest(w, scores, labels), transformed(w, scores, classes, transform)]);
    if (labels.length !== 2) return refuse(`it has ${labels.length} labels where a single score decides between two`);
    if (transform === "PROBIT") return refuse("its post_transform PROBIT leaves the second score open");
    const isSecond = w.of("Greater", [w.reshape(scores, [x.rows, 1], [x.rows]), 0]);
    const isLogistic = transform === "LOGISTIC";
    const both = w.concat([isLogistic ? w.mul(scores, -1) : w.sub(1, scores), scores], 1);
    return w.doneOf([either(w, isSecond, labels[1], labels[0]), isLogistic ? w.of("Sigmoid", [both]) : both]);
  },
};
