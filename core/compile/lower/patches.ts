import { numbersOf } from "../../onnx/tensor.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Lowered, Site } from "./lowering.ts";
import { floatDims } from "./known.ts";
import { Writer } from "./writer.ts";

/** Places of a patch, from which on it is worth the transpositions. */
export const LEAST_PATCH = 64;
/** Axes that a tensor of a program may have: the patches have two for every axis of the map, and two more. */
const MOST_AXES = 3;

/** Sizes of a convolution whose windows are patches that tile its map. */
interface Patches {
  readonly x: readonly number[];
  readonly weights: readonly number[];
  /** How many patches there are along every axis of the map. */
  readonly counts: readonly number[];
}

function patchesOf({ node, attributes, inputs }: Site): Patches | undefined {
  const [x, weights] = [floatDims(inputs[0]), floatDims(inputs[1])];
  if (x === undefined || weights === undefined || inputs[1]?.constant === undefined || weights[1] !== x[1]) return undefined;
  if ((node.input[2] ?? "") !== "" && floatDims(inputs[2]) === undefined) return undefined;
  const kernel = weights.slice(2);
  const map = x.slice(2);
  const stated = ["strides", "pads", "dilations"].map((name) => attributes.ints(name));
  const [strides = kernel.map(() => 1), pads = [], dilations = []] = stated;
  const isTiled = map.every((size, axis) => strides[axis] === kernel[axis] && size % kernel[axis] === 0);
  const isPadded = !["NOTSET", "VALID"].includes(attributes.text("auto_pad", "NOTSET"));
  const isPlain = attributes.int("group", 1) === 1 && !isPadded && pads.every((pad) => pad === 0) && dilations.every((step) => step === 1);
  if (!isTiled || !isPlain || map.length > MOST_AXES || sizeOf(kernel) < LEAST_PATCH) return undefined;
  return { x, weights, counts: map.map((size, axis) => size / kernel[axis]) };
}

/**
 * Every patch becomes a row of a matrix. Rationale: whoever judges an element of the product reads one run of memory; of a
 * convolution it would read a run for every line of the patch, each in a leaf of its own.
 */
export function asProduct(site: Site): Lowered | undefined {
  const sizes = patchesOf(site);
  if (sizes === undefined) return undefined;
  const { x: [batch, channels, ...map], weights: [filters, , ...kernel], counts } = sizes;
  const length = channels * sizeOf(kernel);
  const values = numbersOf(site.inputs[1]!.constant!);
  const columns = Float32Array.from(values, (_, i) => values[(i % filters) * length + Math.floor(i / filters)]);
  const w = new Writer(site);
  const split = [batch, channels, ...counts.flatMap((count, axis) => [count, kernel[axis]])];
  // The axes of the patches, then those inside one.
  const order = [0, ...counts.map((_, axis) => 2 + 2 * axis), 1, ...counts.map((_, axis) => 3 + 2 * axis)];
  const apart = w.transpose(w.reshape(site.node.input[0], [batch, channels, ...map], split), order);
  const rows = w.reshape(apart, order.map((axis) => split[axis]), [batch * sizeOf(counts), length]);
  const products = w.of("MatMul", [rows, w.constant([length, filters], columns)]);
  const sums = (site.node.input[2] ?? "") === "" ? products : w.add(products, site.node.input[2]);
  const last = counts.length + 1;
  const back = [0, last, ...counts.map((_, axis) => 1 + axis)];
  return w.done(w.transpose(w.reshape(sums, [batch * sizeOf(counts), filters], [batch, ...counts, filters]), back));
}
