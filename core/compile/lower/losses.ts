import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { integerAttribute, type Lowering, type Site } from "./lowering.ts";
import { axesFrom, FLOAT, floatDims, wholeDims } from "./known.ts";
import { INTO_LOG_SOFTMAX, logSoftmaxOf } from "./logSoftmax.ts";
import { mean, sum } from "./sums.ts";
import { Writer } from "./writer.ts";

/** Element types of the classes. */
const CLASSES: readonly number[] = [DType.int32, DType.int64];
/** Since this opset there are the losses, and what they are written with. */
const SINCE = 12;
/** Indices that may be out of range are taken modulo the length of their axis, which is written with Sub, Mul and Div. */
const INTO_LOSS = ["Sub", "GatherElements", "Gather", "Equal", "Where", "Mul", "MatMul", "Slice", "Reshape", "Add", "Div"] as const;

/** What a loss is of: logarithms of probabilities [N, C, …], and for each of the places [N, …] a class. */
interface Classified {
  readonly dims: readonly number[];
  readonly places: readonly number[];
  readonly dtype: DType;
  /** The class whose places do not count. */
  readonly ignored: number | undefined;
  readonly reduction: "none" | "sum" | "mean";
}

function classifiedOf({ node, attributes, inputs: [x, classes, weights] }: Site): Classified | undefined {
  const [dims, places] = [floatDims(x), wholeDims(classes)];
  const reduction = attributes.text("reduction", "mean");
  if (dims === undefined || places === undefined || dims.length < 2 || classes === undefined || !CLASSES.includes(classes.dtype)) return undefined;
  if (String(places) !== String(dims.filter((_, axis) => axis !== 1)) || (reduction !== "none" && reduction !== "sum" && reduction !== "mean")) return undefined;
  if ((node.input[2] ?? "") !== "" && String(floatDims(weights)) !== String(dims[1])) return undefined;
  const ignored = attributes.has("ignore_index") ? attributes.int("ignore_index", 0) : undefined;
  return { dims, places, dtype: classes.dtype as DType, ignored, reduction };
}

/** −weight · logarithm at the class of every place, as they are, their sum, or that by the sum of the weights. */
function lossOf(w: Writer, { node }: Site, logarithms: string, { dims, places, dtype, ignored, reduction }: Classified): string {
  const [, classes, weights = ""] = node.input;
  const isIgnored = ignored === undefined ? undefined : w.of("Equal", [classes, w.integer(dtype, ignored)]);
  const known = isIgnored === undefined ? classes : w.where(isIgnored, w.integer(dtype, 0), classes);
  const one = [dims[0], 1, ...dims.slice(2)];
  const picked = w.of("GatherElements", [logarithms, w.reshape(known, places, one)], [integerAttribute("axis", 1)]);
  const losses = w.mul(w.reshape(picked, one, places), -1);
  const given = weights === "" ? undefined : w.of("Gather", [weights, known], [integerAttribute("axis", 0)]);
  const weighed = given === undefined ? losses : w.mul(losses, given);
  const counted = isIgnored === undefined ? weighed : w.where(isIgnored, 0, weighed);
  if (reduction === "none") return counted;
  const all = axesFrom(0, places.length);
  const scalar = (value: string): string => w.reshape(value, places.map(() => 1), []);
  if (reduction === "sum") return scalar(sum(w, counted, places, all));
  if (given === undefined && isIgnored === undefined) return scalar(mean(w, counted, places, all));
  const ones = given ?? w.constant(places, new Float32Array(sizeOf(places)).fill(1));
  const counts = isIgnored === undefined ? ones : w.where(isIgnored, 0, ones);
  return w.div(scalar(sum(w, counted, places, all)), scalar(sum(w, counts, places, all)));
}

export const negativeLogLikelihoodLoss: Lowering = {
  onnx: { NegativeLogLikelihoodLoss: { since: SINCE, shapedBy: "shapes" } },
  into: [...INTO_LOSS, "Identity"],
  isEarly: true,
  difference: "portable",
  where: `${FLOAT}, and its classes are int32 or int64`,
  rewrite(site) {
    const classified = classifiedOf(site);
    if (classified === undefined) return undefined;
    const w = new Writer(site);
    return w.doneOf([lossOf(w, site, site.node.input[0], classified)]);
  },
};

/** The same loss of the logarithm of a Softmax, which is its second output. */
export const softmaxCrossEntropyLoss: Lowering = {
  onnx: { SoftmaxCrossEntropyLoss: { since: SINCE, shapedBy: "shapes" } },
  into: [...INTO_LOSS, ...INTO_LOG_SOFTMAX, "Identity"],
  isEarly: true,
  difference: "portable",
  where: `${FLOAT}, and its classes are int32 or int64`,
  rewrite(site) {
    const classified = classifiedOf(site);
    if (classified === undefined) return undefined;
    const w = new Writer(site);
    const logarithms = logSoftmaxOf(w, site.node.input[0], { dims: classified.dims, axes: [1] });
    return w.doneOf([lossOf(w, site, logarithms, classified), logarithms]);
  },
};
