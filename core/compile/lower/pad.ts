import { sizeOf } from "../../tensor/shape.ts";
import { DType, widthOf } from "../../tensor/dtype.ts";
import { axisOf, constantNumbers, typeOf, wholeDims } from "./known.ts";
import type { Lowering, Site } from "./lowering.ts";
import { scalar } from "./scalar.ts";
import { takenAlong } from "./weighted.ts";
import { Writer } from "./writer.ts";

/** Since this opset pads and value are inputs. */
const PADS_ARE_INPUT = 11;

/** Places added before and after an axis; taken away where negative. */
interface Padding {
  readonly before: number;
  readonly after: number;
}

/** The padding of every axis; undefined where it is computed, or does not fit. */
function paddingOf({ opset, attributes, inputs }: Site, rank: number): Padding[] | undefined {
  const stated = opset < PADS_ARE_INPUT ? attributes.ints("pads") : constantNumbers(inputs[1]);
  if (inputs[3] !== undefined && inputs[3].constant === undefined) return undefined;
  const axes = (constantNumbers(inputs[3]) ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) => axisOf(axis, rank));
  if (stated?.length !== 2 * axes.length || axes.includes(undefined)) return undefined;
  return Array.from({ length: rank }, (_, axis) => {
    const i = axes.indexOf(axis);
    return i === -1 ? { before: 0, after: 0 } : { before: stated[i], after: stated[axes.length + i] };
  });
}

/** Where the elements of a padded axis come from, in the modes that repeat its own. */
const SOURCES: Readonly<Record<string, (place: number, length: number) => number>> = {
  edge: (place, length) => Math.max(0, Math.min(place, length - 1)),
  wrap: (place, length) => ((place % length) + length) % length,
  reflect(place, length) {
    const period = Math.max(1, 2 * (length - 1));
    const within = ((place % period) + period) % period;
    return within < length ? within : period - within;
  },
};

/** The value as often as a shape has elements; it is 0 unless the node states or computes another. */
function block(w: Writer, { node, inputs, opset, attributes }: Site, dtype: DType, dims: readonly number[]): string {
  const name = opset < PADS_ARE_INPUT ? "" : (node.input[2] ?? "");
  const value = attributes.float("value", 0);
  const constant = name === "" ? (value === 0 ? undefined : scalar(dtype, value)) : inputs[2]?.constant;
  if (name !== "" && constant === undefined) return w.of("Expand", [name, w.integers(dims)]);
  const width = widthOf(dtype);
  const data = new Uint8Array(sizeOf(dims) * width);
  if (constant !== undefined) for (let at = 0; at < data.length; at += width) data.set(constant.data.subarray(0, width), at);
  return w.keep({ dtype, dims, data });
}

/** Axis by axis: what is taken away is sliced off, what is added are the axis's own elements again, or blocks of one value beside it. */
export const pad: Lowering = {
  onnx: { Pad: { since: 1, shapedBy: "values" } },
  into: ["Slice", "Gather", "Concat", "Expand", "Identity"],
  keeps: "every bit",
  where: "its pads and axes are constants",
  rewrite(site) {
    const { node, opset, inputs, attributes } = site;
    const [before, dtype] = [wholeDims(inputs[0]), typeOf(inputs[0])];
    if (before === undefined || dtype === undefined) return undefined;
    const padding = paddingOf(site, before.length);
    const mode = attributes.text("mode", "constant");
    if (opset < PADS_ARE_INPUT && attributes.float("value", 0) !== 0 && dtype !== DType.float32) return undefined;
    if (padding === undefined || (mode !== "constant" && !Object.hasOwn(SOURCES, mode))) return undefined;
    if (before.some((dim, axis) => dim + Math.min(0, padding[axis].before) + Math.min(0, padding[axis].after) < 1)) return undefined;
    const w = new Writer(site);
    let x = node.input[0];
    let dims = before;
    for (const [axis, { before: first, after: last }] of padding.entries()) {
      if (first >= 0 && last >= 0) continue;
      const [start, end] = [Math.max(0, -first), dims[axis] + Math.min(0, last)];
      x = w.slice(x, axis, start, end);
      dims = dims.map((dim, i) => (i === axis ? end - start : dim));
    }
    for (const [axis, { before: first, after: last }] of padding.entries()) {
      const [front, back] = [Math.max(0, first), Math.max(0, last)];
      if (front + back === 0) continue;
      const length = dims[axis];
      const blockOf = (size: number): string[] => (size === 0 ? [] : [block(w, site, dtype, dims.map((dim, i) => (i === axis ? size : dim)))]);
      if (mode === "constant") x = w.concat([...blockOf(front), x, ...blockOf(back)], axis);
      else x = takenAlong(w, x, axis, Array.from({ length: front + length + back }, (_, i) => SOURCES[mode](i - front, length)));
      dims = dims.map((dim, i) => (i === axis ? front + dim + back : dim));
    }
    return w.done(x === node.input[0] ? w.of("Identity", [x]) : x);
  },
};
