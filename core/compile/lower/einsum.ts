import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { readEquation } from "./equation.ts";
import type { Lowering, Site } from "./lowering.ts";
import { wholeDims } from "./known.ts";
import { sum } from "./sums.ts";
import { Writer } from "./writer.ts";

/** A value with a label for every axis, all different. */
interface Labelled {
  readonly value: string;
  readonly labels: readonly string[];
}

/** How long the axes of every label are. */
type Sizes = ReadonlyMap<string, number>;

const dimsOf = (labels: readonly string[], sizes: Sizes): number[] => labels.map((label) => sizes.get(label)!);

/** The longest axis of every label; undefined where they do not broadcast. */
function sizesOf(terms: readonly (readonly string[])[], shapes: readonly (readonly number[])[]): Sizes | undefined {
  const sizes = new Map<string, number>();
  const axes = terms.flatMap((term, i) => term.map((label, axis) => [label, shapes[i][axis]] as const));
  for (const [label, size] of axes) sizes.set(label, Math.max(size, sizes.get(label) ?? 1));
  return axes.every(([label, size]) => size === 1 || size === sizes.get(label)) ? sizes : undefined;
}

/** The value with its axes in the order of these labels. */
function ordered(w: Writer, { value, labels }: Labelled, order: readonly string[]): Labelled {
  if (String(labels) === String(order)) return { value, labels };
  return { value: w.transpose(value, order.map((label) => labels.indexOf(label))), labels: order };
}

/** Every axis as long as its label says, and of axes with one label the diagonal. */
function operand(w: Writer, value: string, term: readonly string[], dims: readonly number[], sizes: Sizes): Labelled {
  const full = dimsOf(term, sizes);
  let [labels, name] = [[...term], String(dims) === String(full) ? value : w.of("Expand", [value, w.integers(full)])];
  for (;;) {
    const second = labels.findIndex((label, axis) => labels.indexOf(label) < axis);
    if (second === -1) return { value: name, labels };
    const label = labels[second];
    const pair = [labels.indexOf(label), second];
    const others = labels.flatMap((_, axis) => (pair.includes(axis) ? [] : [axis]));
    const n = sizes.get(label)!;
    const shape = dimsOf(labels, sizes);
    const [rest, last] = [others.map((axis) => shape[axis]), [...others, ...pair]];
    const turned = last.every((axis, i) => axis === i) ? name : w.transpose(name, last);
    // Along the diagonal of a matrix whose rows lie behind each other, every step is a row and one element.
    const flat = w.reshape(turned, [...rest, n, n], [...rest, n * n]);
    name = n === 1 ? flat : w.stepped(flat, rest.length, 0, n, n + 1);
    labels = [...others.map((axis) => labels[axis]), label];
  }
}

/** The sums along the axes that nobody needs any more. */
function summed(w: Writer, { value, labels }: Labelled, sizes: Sizes, isNeeded: (label: string) => boolean): Labelled {
  const axes = labels.flatMap((label, axis) => (isNeeded(label) ? [] : [axis]));
  if (axes.length === 0) return { value, labels };
  const dims = dimsOf(labels, sizes);
  const kept = labels.filter(isNeeded);
  const ones = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return { value: w.reshape(sum(w, value, dims, axes), ones, dimsOf(kept, sizes)), labels: kept };
}

/** The product of two operands, with the sums along the labels of both that nobody needs: a product of matrices, if there are any. */
function multiplied(w: Writer, a: Labelled, b: Labelled, sizes: Sizes, isNeeded: (label: string) => boolean): Labelled {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const [batch, inner] = [shared.filter(isNeeded), shared.filter((label) => !isNeeded(label))];
  const [rows, columns] = [a, b].map(({ labels }) => labels.filter((label) => !shared.includes(label)));
  const labels = [...batch, ...rows, ...columns];
  const [batches, rowDims, columnDims, innerDims] = [batch, rows, columns, inner].map((each) => dimsOf(each, sizes));
  const [left, right] = [ordered(w, a, [...batch, ...rows, ...inner]).value, ordered(w, b, [...batch, ...inner, ...columns]).value];
  const [leftDims, rightDims] = [[...batches, ...rowDims, ...innerDims], [...batches, ...innerDims, ...columnDims]];
  if (inner.length === 0) {
    const beside = w.reshape(left, leftDims, [...leftDims, ...columns.map(() => 1)]);
    return { value: w.mul(beside, w.reshape(right, rightDims, [...batches, ...rows.map(() => 1), ...columnDims])), labels };
  }
  const [m, k, n] = [rowDims, innerDims, columnDims].map(sizeOf);
  const blocks = batch.length === 0 ? [] : [sizeOf(batches)];
  const product = w.of("MatMul", [w.reshape(left, leftDims, [...blocks, m, k]), w.reshape(right, rightDims, [...blocks, k, n])]);
  return { value: w.reshape(product, [...blocks, m, n], dimsOf(labels, sizes)), labels };
}

/** What the equation says of these operands, whose shapes are known. */
function written(w: Writer, { node, attributes, inputs }: Site, shapes: readonly (readonly number[])[]): string | undefined {
  const equation = readEquation(attributes.text("equation", ""), shapes.map(({ length }) => length));
  const sizes = equation && sizesOf(equation.terms, shapes);
  if (equation === undefined || sizes === undefined) return undefined;
  const { terms, output } = equation;
  const isMoved = terms.length === 1 && terms[0].every((label) => output.includes(label));
  if (!isMoved && inputs.some((x) => x?.dtype !== DType.float32)) return undefined;
  const needed = (i: number) => (label: string) => output.includes(label) || terms.slice(i + 1).some((term) => term.includes(label));
  const operands = terms.map((term, i) => operand(w, node.input[i], term, shapes[i], sizes));
  let result = summed(w, operands[0], sizes, needed(0));
  for (const [i, other] of operands.slice(1).entries()) {
    const isNeeded = needed(i + 1);
    const next = summed(w, other, sizes, (label) => isNeeded(label) || result.labels.includes(label));
    result = multiplied(w, result, next, sizes, isNeeded);
  }
  return ordered(w, result, output).value;
}

/** Diagonals, sums of single operands, and from the left products of two at a time. */
export const einsum: Lowering = {
  onnx: { Einsum: { since: 12, shapedBy: "shapes" } },
  into: ["Transpose", "Reshape", "Slice", "Expand", "MatMul", "Mul", "Identity"],
  difference: "portable",
  where: "its inputs are float32, or it moves elements only",
  rewrite(site) {
    const shapes = site.inputs.map(wholeDims).filter((dims) => dims !== undefined);
    if (shapes.length < site.node.input.length) return undefined;
    const w = new Writer(site);
    const value = written(w, site, shapes);
    return value === undefined ? undefined : w.doneAll(new Map([[site.node.output[0], value]]));
  },
};
