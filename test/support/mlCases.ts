import * as ort from "onnxruntime-node";
import { randomForest, type ForestOptions } from "./forests.ts";
import { floats, type Feeds } from "./mlLowering.ts";
import { mlModel, tensorOf, type MlAttribute, type MlValue } from "./mlModel.ts";
import type { Random } from "./random.ts";

/** A random model of one operator of ai.onnx.ml, inputs for it, and how far its scores may be off. */
export interface MlCase {
  readonly about: string;
  readonly file: Uint8Array;
  readonly feeds: readonly Feeds[];
  /** Of every output that is not exact. */
  readonly within: number;
}

/** Rounding of the kernels that a transform is written in. */
const ROUNDING = 3e-7;
const MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 2 ** -149];
const TRANSFORMS = ["NONE", "NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"];

const normals = (random: Random, count: number, size = 1): Float32Array => Float32Array.from({ length: count }, () => size * random.normal());
const plain = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const orPlain = (random: Random, count: number): number[] => (random.chance(0.5) ? plain(count) : plain(count).map((i) => 7 * i - 3));

/** A feature that meets thresholds, or one of the special numbers. */
const feature = (random: Random): number => (random.chance(0.1) ? random.pick(SPECIAL) : random.chance(0.5) ? random.int(-6, 6) / 4 : random.normal());

interface Node {
  readonly op: string;
  readonly attributes: Readonly<Record<string, MlAttribute | undefined>>;
  readonly outputs: readonly MlValue[];
  readonly version?: number;
}

const SCORES: MlValue = { name: "scores", dtype: 1 };
const LABEL: MlValue = { name: "label", dtype: 7 };

/** A model of one node whose input is a matrix of float32, and ten matrices for it. */
function matrixCase(random: Random, node: Node, [rows, columns]: readonly [number, number], within: number, draw: () => number): MlCase {
  const { op, attributes, outputs, version } = node;
  const file = mlModel({ nodes: [{ op, inputs: ["x"], outputs: outputs.map(({ name }) => name), attributes }], inputs: [{ name: "x", dtype: 1, dims: [rows, columns] }], outputs, version });
  const feeds = Array.from({ length: 10 }, () => ({ x: floats([rows, columns], Array.from({ length: rows * columns }, draw)) }));
  const lists = Object.entries(attributes).map(([name, value]) => (typeof value === "string" || typeof value === "number" ? `${name} ${value}` : ""));
  return { about: `${op} of [${rows}, ${columns}]: ${lists.filter((each) => each !== "").join(", ")}`, file, feeds, within };
}

const sizes = (random: Random): readonly [number, number] => [random.pick([1, 1, 2, 5, 40]), random.int(1, 6)];

export function regressor(random: Random): MlCase {
  const [rows, features] = sizes(random);
  const targets = random.pick([1, 1, 2, 3]);
  const modes = random.chance(0.4) ? MODES : [random.pick(MODES)];
  const options: ForestOptions = { trees: random.pick([1, 2, 10, 30, 300]), depth: random.int(0, 6), features, targets, modes, missing: random.chance(0.4) };
  const post_transform = random.pick(TRANSFORMS);
  const attributes = {
    ...randomForest(random, "target", options),
    ...{ n_targets: targets, aggregate_function: random.pick(["SUM", "SUM", "AVERAGE", "MIN", "MAX"]), post_transform },
    base_values: random.chance(0.5) ? normals(random, targets) : undefined,
  };
  const node = { op: "TreeEnsembleRegressor", attributes, outputs: [SCORES] };
  return matrixCase(random, node, [rows, features], targets === 1 || post_transform === "NONE" ? 0 : ROUNDING, () => feature(random));
}

export function classifier(random: Random): MlCase {
  const [rows, features] = sizes(random);
  const targets = random.pick([2, 2, 2, 3, 5]);
  const says = random.pick([undefined, () => [0], () => [1], (_: Random, tree: number) => [tree % targets], (r: Random) => plain(targets).filter((i) => i === 0 || r.chance(0.6))]);
  const isPositive = random.chance(0.5);
  const weight = (r: Random): number => (isPositive ? r.unit() * 0.2 : r.normal());
  const forest = randomForest(random, "class", { trees: random.pick([2, 3, 10, 30]), depth: random.int(0, 4), features, targets, says, weight });
  // Of one base value the runtime leaves a score open where a path says nothing of the second class.
  const isSure = says === undefined || new Set(forest.class_ids as number[]).size === 1;
  const bases = random.pick([0, 0, targets === 2 && isSure ? 1 : 0, targets]);
  const post_transform = random.pick(TRANSFORMS);
  const attributes = { ...forest, post_transform, classlabels_int64s: orPlain(random, targets), base_values: bases === 0 ? undefined : normals(random, bases) };
  const node = { op: "TreeEnsembleClassifier", attributes, outputs: [LABEL, SCORES] };
  return matrixCase(random, node, [rows, features], post_transform === "NONE" ? 0 : ROUNDING, () => feature(random));
}

/** Trees of version 5, whose nodes may ask whether a feature is a member of a set of whole numbers. */
export function treeEnsemble(random: Random): MlCase {
  const [rows, features] = sizes(random);
  const targets = random.pick([1, 1, 2, 3]);
  const nodes: { mode: number; feature: number; value: number; missing: number; yes: readonly number[]; no: readonly number[] }[] = [];
  const leaves: { target: number; value: number }[] = [];
  const hasSets = random.chance(0.5);
  const grow = (left: number, isRoot: boolean): readonly [place: number, isLeaf: number] => {
    if (!isRoot && (left === 0 || random.chance(0.2))) return [leaves.push({ target: random.int(0, targets - 1), value: random.normal() }) - 1, 1];
    const node = { mode: random.int(0, hasSets ? 6 : 5), feature: random.int(0, features - 1), value: random.int(-6, 6), missing: random.int(0, 1), yes: [0], no: [0] };
    const place = nodes.push(node) - 1;
    [node.yes, node.no] = [[...grow(left - 1, false)], [...grow(left - 1, false)]];
    return [place, 0];
  };
  const roots = Array.from({ length: random.pick([1, 2, 10, 30]) }, () => grow(random.int(1, 4), true)[0]);
  const members = nodes.flatMap(({ mode }) => (mode === 6 ? [...Array.from({ length: random.int(1, 6) }, () => random.int(-6, 6)), NaN] : []));
  const post_transform = random.pick([0, 0, 1, 2]);
  const attributes = {
    ...{ aggregate_function: random.int(0, 3), post_transform, n_targets: targets, tree_roots: roots },
    leaf_targetids: leaves.map(({ target }) => target),
    leaf_weights: tensorOf("", [leaves.length], Float32Array.from(leaves, ({ value }) => value)),
    nodes_trueleafs: nodes.map(({ yes }) => yes[1]),
    nodes_falseleafs: nodes.map(({ no }) => no[1]),
    nodes_truenodeids: nodes.map(({ yes }) => yes[0]),
    nodes_falsenodeids: nodes.map(({ no }) => no[0]),
    nodes_featureids: nodes.map((node) => node.feature),
    nodes_modes: tensorOf("", [nodes.length], Uint8Array.from(nodes, ({ mode }) => mode)),
    nodes_splits: tensorOf("", [nodes.length], Float32Array.from(nodes, ({ value }) => value)),
    nodes_missing_value_tracks_true: random.chance(0.5) ? nodes.map(({ missing }) => missing) : undefined,
    membership_values: members.length === 0 ? undefined : tensorOf("", [members.length], Float32Array.from(members)),
  };
  // Of fractions the runtime cuts off what is behind the point in some sets, and not in others.
  const draw = (): number => (random.chance(0.1) ? NaN : hasSets ? random.int(-6, 6) : feature(random));
  return matrixCase(random, { op: "TreeEnsemble", attributes, outputs: [SCORES], version: 5 }, [rows, features], targets === 1 || post_transform === 0 ? 0 : ROUNDING, draw);
}

export function linear(random: Random): MlCase {
  const [rows, columns, targets] = [random.pick([1, 2, 5, 40]), random.int(1, 40), random.pick([1, 1, 2, 3, 5])];
  const post_transform = random.pick(TRANSFORMS);
  const common = { coefficients: normals(random, targets * columns), post_transform };
  const regression = { ...common, targets, intercepts: random.chance(0.8) ? normals(random, targets) : undefined };
  const classification = { ...common, intercepts: normals(random, targets), classlabels_ints: orPlain(random, Math.max(2, targets)), multi_class: random.int(0, 1) };
  const node = random.chance(0.5)
    ? { op: "LinearRegressor", attributes: regression, outputs: [SCORES] }
    : { op: "LinearClassifier", attributes: classification, outputs: [LABEL, SCORES] };
  return matrixCase(random, node, [rows, columns], 5e-6, () => random.normal());
}

export function supportVectors(random: Random): MlCase {
  const [rows, columns, classes] = [random.pick([1, 2, 5, 20]), random.int(1, 12), random.pick([2, 2, 3, 4, 5])];
  const [pairs, counts] = [(classes * (classes - 1)) / 2, Array.from({ length: classes }, () => random.int(1, 6))];
  const vectors = counts.reduce((sum, count) => sum + count, 0);
  const kernel = { kernel_type: random.pick(["LINEAR", "POLY", "RBF", "SIGMOID"]), kernel_params: Float32Array.of(0.1 + random.unit() * 0.3, random.pick([0, 0.3]), random.int(1, 4)) };
  const common = { ...kernel, support_vectors: normals(random, vectors * columns) };
  const classification = { classlabels_ints: orPlain(random, classes), post_transform: random.pick(["NONE", "NONE", "LOGISTIC", "SOFTMAX"]) };
  const machines = { ...common, ...classification, vectors_per_class: counts, coefficients: normals(random, (classes - 1) * vectors), rho: normals(random, pairs) };
  const node = random.pick<Node>([
    { op: "SVMRegressor", attributes: { ...common, n_supports: vectors, coefficients: normals(random, vectors), rho: normals(random, 1), one_class: random.int(0, 1) }, outputs: [SCORES] },
    { op: "SVMRegressor", attributes: { ...kernel, n_supports: 0, coefficients: normals(random, columns), rho: normals(random, 1) }, outputs: [SCORES] },
    { op: "SVMClassifier", attributes: machines, outputs: [LABEL, SCORES] },
    { op: "SVMClassifier", attributes: { ...machines, prob_a: normals(random, pairs), prob_b: normals(random, pairs, 0.5) }, outputs: [LABEL, SCORES] },
    { op: "SVMClassifier", attributes: { ...kernel, ...classification, kernel_type: "LINEAR", coefficients: normals(random, classes * columns), rho: normals(random, 1) }, outputs: [LABEL, SCORES] },
  ]);
  return matrixCase(random, node, [rows, columns], 2e-5, () => random.normal());
}

/** What prepares inputs: of float32 numbers, some of which are special. */
export function preparation(random: Random): MlCase {
  const [rows, columns] = sizes(random);
  const whole = (count: number): number[] => random.shuffle(Array.from({ length: 13 }, (_, i) => i - 6)).slice(0, count);
  const keys = whole(5);
  const node = random.pick<Node>([
    { op: "Scaler", attributes: { offset: normals(random, columns), scale: normals(random, columns) }, outputs: [SCORES] },
    { op: "Binarizer", attributes: { threshold: Float32Array.of(0)[0] }, outputs: [SCORES] },
    { op: "Imputer", attributes: { imputed_value_floats: normals(random, random.pick([1, columns])), replaced_value_float: NaN }, outputs: [SCORES] },
    { op: "Imputer", attributes: { imputed_value_floats: normals(random, columns), replaced_value_float: 1.5 }, outputs: [SCORES] },
    { op: "LabelEncoder", attributes: { keys_floats: Float32Array.from(keys), values_floats: normals(random, 5), default_float: 0.5 }, outputs: [SCORES] },
    { op: "LabelEncoder", attributes: { keys_floats: Float32Array.from(keys), values_int64s: whole(5), default_int64: 9 }, outputs: [LABEL] },
    { op: "OneHotEncoder", attributes: { cats_int64s: keys }, outputs: [SCORES] },
  ]);
  const draw = (): number => (node.op === "OneHotEncoder" ? random.int(-24, 24) / 4 : random.chance(0.5) ? random.int(-6, 6) : feature(random));
  // Of NaN the runtime makes no 0 and no 1, but an error.
  const known = (): number => (node.op === "Binarizer" ? (draw() || 0) : draw());
  return matrixCase(random, node, [rows, columns], 0, known);
}

export function normalizer(random: Random): MlCase {
  const [rows, columns] = sizes(random);
  const node = { op: "Normalizer", attributes: { norm: random.pick(["MAX", "L1", "L2"]) }, outputs: [SCORES] };
  return matrixCase(random, node, [rows, columns], ROUNDING, () => (random.chance(0.3) ? 0 : random.normal()));
}

/** Columns of several inputs side by side, and some of a matrix, of whole numbers. */
export function columns(random: Random): MlCase {
  const [rows, a, b] = [random.int(1, 4), random.int(1, 5), random.int(1, 5)];
  const inputs: MlValue[] = [{ name: "x", dtype: 7, dims: [rows, a] }, { name: "y", dtype: 7, dims: [rows, b] }];
  const places = BigInt64Array.from({ length: random.int(1, 4) }, () => BigInt(random.int(0, b - 1)));
  const file = mlModel({
    nodes: [
      { op: "FeatureVectorizer", inputs: ["x", "y"], outputs: ["scores"], attributes: { inputdimensions: [a, b] } },
      { op: "ArrayFeatureExtractor", inputs: ["y", "places"], outputs: ["label"] },
    ],
    inputs,
    outputs: [SCORES, LABEL],
    constants: [tensorOf("places", [places.length], places)],
    version: 1,
  });
  const whole = (length: number) => new ort.Tensor("int64", BigInt64Array.from({ length: rows * length }, () => BigInt(random.int(-99, 99))), [rows, length]);
  const feeds = Array.from({ length: 5 }, () => ({ x: whole(a), y: whole(b) }));
  return { about: `[${rows}, ${a}] beside [${rows}, ${b}]`, file, feeds, within: 0 };
}
