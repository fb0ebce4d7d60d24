import type { Attributes } from "../../onnx/model.ts";
import type { AttributeProto } from "../../onnx/onnx_pb.js";
import { integersAttribute } from "./lowering.ts";

/** Whether a value of that shape is images of channels of maps, each with one to three axes. */
export const isMap = (dims: readonly number[]): boolean => dims.length >= 3 && dims.length <= 5;

/** A window along one axis of a map, with the padding that the runtime finds where it is left to it. */
export interface Along {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

/** Places from the first tap to the last, both included. */
export const reachOf = ({ kernel, dilation }: Pick<Along, "kernel" | "dilation">): number => (kernel - 1) * dilation + 1;

/** The list of an attribute, one number for every axis or two; undefined where it has others. */
function listOf(attributes: Attributes, name: string, count: number, absent: number, least: number): readonly number[] | undefined {
  const list = attributes.ints(name) ?? new Array<number>(count).fill(absent);
  return list.length === count && list.every((n) => n >= least) ? list : undefined;
}

const PADDINGS: readonly string[] = ["", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"];

/** Who pads: the attribute auto_pad, by default NOTSET. */
export const autoPadOf = (attributes: Attributes): string => attributes.text("auto_pad", "NOTSET");

/** Whether the padding is left to the runtime. */
export const isPaddedByRuntime = (attributes: Attributes): boolean => autoPadOf(attributes).startsWith("SAME");

/** The windows as their attributes state them, axis by axis, with no padding that is not stated; undefined where an attribute is none of theirs. */
export function statedWindows(attributes: Attributes, map: readonly number[], kernel: readonly number[]): readonly Along[] | undefined {
  const rank = map.length;
  const [strides, dilations] = ["strides", "dilations"].map((name) => listOf(attributes, name, rank, 1, 1));
  const pads = listOf(attributes, "pads", 2 * rank, 0, 0);
  const auto = autoPadOf(attributes);
  if (strides === undefined || dilations === undefined || pads === undefined || kernel.length !== rank || kernel.some((k) => k < 1)) return undefined;
  if (!PADDINGS.includes(auto)) return undefined;
  const isStated = auto === "" || auto === "NOTSET";
  return map.map((size, i) => {
    const [before, after] = isStated ? [pads[i], pads[rank + i]] : [0, 0];
    return { size, kernel: kernel[i], stride: strides[i], dilation: dilations[i], before, after };
  });
}

/**
 * The windows of a convolution or a pool. For SAME_UPPER and SAME_LOWER the padding is what ⌈size / stride⌉ windows reach beyond the
 * map, an odd one more behind it or before it; of a dilated window nothing is known then, for the runtime pads it as if it were not.
 */
export function windowsOf(attributes: Attributes, map: readonly number[], kernel: readonly number[]): readonly Along[] | undefined {
  const windows = statedWindows(attributes, map, kernel);
  if (windows === undefined || !isPaddedByRuntime(attributes)) return windows;
  if (windows.some(({ dilation, kernel }) => dilation > 1 && kernel > 1)) return undefined;
  return windows.map((along) => {
    const all = Math.max(0, (Math.ceil(along.size / along.stride) - 1) * along.stride + reachOf(along) - along.size);
    const before = autoPadOf(attributes) === "SAME_UPPER" ? Math.floor(all / 2) : Math.ceil(all / 2);
    return { ...along, before, after: all - before };
  });
}

/** How often the window stands on its axis. */
export function placesOf(along: Along, isCeil = false): number {
  const { size, stride, before, after } = along;
  const places = (isCeil ? Math.ceil : Math.floor)((size + before + after - reachOf(along)) / stride) + 1;
  // A window that begins behind the map and its first padding is none.
  return (places - 1) * stride >= size + before ? places - 1 : places;
}

/** As much padding behind the map as that many windows reach into. */
export const reached = (along: Along, places: number): Along => {
  const { size, stride, before } = along;
  return { ...along, after: Math.max(0, (places - 1) * stride + reachOf(along) - size - before) };
};

/** The windows as the attributes of a Conv or a MaxPool, with padding that nobody has to find. */
export const windowAttributes = (windows: readonly Along[]): AttributeProto[] => [
  integersAttribute("dilations", windows.map(({ dilation }) => dilation)),
  integersAttribute("kernel_shape", windows.map(({ kernel }) => kernel)),
  integersAttribute("pads", [...windows.map(({ before }) => before), ...windows.map(({ after }) => after)]),
  integersAttribute("strides", windows.map(({ stride }) => stride)),
];
